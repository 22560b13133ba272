// SPDX-License-Identifier: Apache-2.0
#include "libgit2/workers.hpp"

#include <thread>

namespace seakeeper::libgit2 {

std::shared_ptr<Workers> Workers::start(unsigned threads) {
    auto workers = std::make_shared<Workers>();
    workers->running_ = threads;
    for (unsigned i = 0; i < threads; ++i) {
        // Left behind only where a peer keeps libgit2 waiting; see stop().
        std::thread{[workers] { workers->work(); }}.detach();
    }
    return workers;
}

void Workers::submit(std::function<void()> job) {
    const std::lock_guard lock{mutex_};
    jobs_.push_back(std::move(job));
    changed_.notify_one();
}

void Workers::stop(std::chrono::milliseconds span) {
    std::unique_lock lock{mutex_};
    is_stopped_ = true;
    jobs_.clear();
    changed_.notify_all();
    changed_.wait_for(lock, span, [&] { return running_ == 0; });
}

void Workers::work() {
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [&] { return is_stopped_ || !jobs_.empty(); });
        if (is_stopped_) {
            --running_;
            changed_.notify_all();
            return;
        }
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

} // namespace seakeeper::libgit2
