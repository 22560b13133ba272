// SPDX-License-Identifier: Apache-2.0
// Compiled with what release builds are hardened by, for hardening.py to look at.
#include <cstdio>
#include <cstring>

int main(int, char** arguments) {
    char buffer[64];
    std::strcpy(buffer, arguments[0]); // what _FORTIFY_SOURCE replaces
    std::puts(buffer);
    return 0;
}
