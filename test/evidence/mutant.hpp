// SPDX-License-Identifier: Apache-2.0
// What rewrite.py puts around expressions: all mutants are in one binary, MUTANT names the one that
// is awake. MUTANT_TRACE names a file that gets the numbers of all that were reached.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace mutant {

inline constexpr int most = 20'000;

struct Reached {
    bool numbers[most] = {};
    ~Reached() {
        const char* path = std::getenv("MUTANT_TRACE");
        std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "a");
        if (file == nullptr) {
            return;
        }
        for (int n = 0; n < most; ++n) {
            if (numbers[n]) {
                std::fprintf(file, "%d\n", n);
            }
        }
        std::fclose(file);
    }
};
inline Reached reached;

inline int awake() {
    static const int number = [] {
        const char* text = std::getenv("MUTANT");
        return text == nullptr ? -1 : std::atoi(text);
    }();
    return number;
}
inline bool on(int n) {
    reached.numbers[n] = true;
    return awake() == n;
}

/// n: true whatever it is; n + 1: false.
inline bool clause(int n, bool value) {
    return on(n) ? true : on(n + 1) ? false : value;
}
/// A bound that is off by one.
template <class A, class B>
bool less(int n, const A& a, const B& b) {
    return on(n) ? a <= b : a < b;
}
template <class A, class B>
bool less_or_equal(int n, const A& a, const B& b) {
    return on(n) ? a < b : a <= b;
}
template <class A, class B>
bool greater(int n, const A& a, const B& b) {
    return on(n) ? a >= b : a > b;
}
template <class A, class B>
bool greater_or_equal(int n, const A& a, const B& b) {
    return on(n) ? a > b : a >= b;
}
/// The next number.
template <class T>
T next(int n, T value) {
    return on(n) ? static_cast<T>(value + 1) : value;
}
/// Another code.
template <class T>
T other(int n, T code) {
    return on(n) ? static_cast<T>(code == T{} ? 1 : 0) : code;
}
/// A verdict of another class.
template <class V>
V verdict(int n, V value, int otherwise) {
    if (on(n)) {
        value.value = static_cast<decltype(value.value)>(otherwise);
    }
    return value;
}
template <class... A>
bool any_of(int n, A&&... a) {
    return on(n) ? std::all_of(std::forward<A>(a)...) : std::any_of(std::forward<A>(a)...);
}
template <class... A>
bool all_of(int n, A&&... a) {
    return on(n) ? std::any_of(std::forward<A>(a)...) : std::all_of(std::forward<A>(a)...);
}
template <class... A>
bool none_of(int n, A&&... a) {
    return on(n) ? std::any_of(std::forward<A>(a)...) : std::none_of(std::forward<A>(a)...);
}
template <class... A>
bool any_in(int n, A&&... a) {
    return on(n) ? std::ranges::all_of(std::forward<A>(a)...)
                 : std::ranges::any_of(std::forward<A>(a)...);
}
template <class... A>
bool all_in(int n, A&&... a) {
    return on(n) ? std::ranges::any_of(std::forward<A>(a)...)
                 : std::ranges::all_of(std::forward<A>(a)...);
}

} // namespace mutant
