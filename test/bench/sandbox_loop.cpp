// SPDX-License-Identifier: Apache-2.0
// The floor of `seakeeperd run`: starts one command so many times, so many at once, and nothing
// else. Prints the seconds.
//
//     sandbox_loop COUNT AT_ONCE COMMAND...
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fputs("sandbox_loop COUNT AT_ONCE COMMAND...\n", stderr);
        return 2;
    }
    const long count = std::atol(argv[1]);
    const long at_once = std::atol(argv[2]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    const auto begin = std::chrono::steady_clock::now();
    for (long started = 0, ended = 0; ended < count;) {
        pid_t pid = 0;
        if (started < count && started - ended < at_once) {
            if (posix_spawnp(&pid, argv[3], &actions, nullptr, argv + 3, environ) != 0) {
                std::perror(argv[3]);
                return 1;
            }
            ++started;
            continue;
        }
        int status = 0;
        if (waitpid(-1, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            std::fputs("the command failed\n", stderr);
            return 1;
        }
        ++ended;
    }
    const std::chrono::duration<double> span = std::chrono::steady_clock::now() - begin;
    std::printf("%.6f\n", span.count());
    return 0;
}
