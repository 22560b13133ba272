// SPDX-License-Identifier: Apache-2.0
#include "assembly.hpp"
#include "metrics.hpp"
#include "notify.hpp"
#include "pages.hpp"
#include "requests.hpp"
#include "site_options.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace seakeeper::daemon {
namespace {

Result<Site> chosen_site(const ServeOptions& options) {
    if (options.config.empty()) {
        if (options.events.empty() || options.repositories.empty()) {
            return Error{
                Errc::invalid_argument,
                "without --config the embedded mode plays a recording: give --events FILE and "
                "--repositories DIR"};
        }
        auto embedded = embedded_site(options.state, options.repositories);
        embedded.is_shadow = options.is_shadow;
        return embedded;
    }
    auto site = read_site_file(options.config);
    if (site && !options.state.empty()) {
        site->state = options.state;
    }
    if (site) {
        if (auto apart = check_identities(*site); !apart) {
            return apart.error();
        }
    }
    if (site) {
        site->is_shadow |= options.is_shadow;
    }
    return site;
}

Vitals vitals_of(Assembly& all) {
    Vitals vitals;
    vitals.why_not_ready = [&all] { return why_not_ready(all.pipeline->figures()); };
    vitals.metrics = [&all] { return metrics_text(all.pipeline->figures(), all.source->status()); };
    vitals.status = [&all] { return status_json(all.pipeline->figures(), all.source->status()); };
    return vitals;
}

void warn_about(const Site& site, Logger& log) {
    if (site.allow_shared_nodes) {
        log.warning(
            "allow_shared_nodes is on",
            {{"meaning", "trusted and untrusted runs may share a node: for test sites only"}}
        );
    }
    if (site.is_shadow) {
        log.info("shadow mode", {{"meaning", "decides and records, creates and posts nothing"}});
    }
}

/// What cannot be ended in time is in the store; the rest is not worth waiting for.
void end_at_the_latest() {
    std::signal(SIGALRM, [](int) { ::_exit(exit_done); });
    ::alarm(4);
}

/// Runs the pipeline until it ends or we are asked to; its status.
Status run(Assembly& all) {
    Status ended;
    boost::asio::signal_set signals{all.context, SIGTERM, SIGINT};
    signals.async_wait([&all](const boost::system::error_code& fault, int) {
        if (!fault) {
            all.log.info("stopping", {});
            notify_service_manager("STOPPING=1");
            end_at_the_latest();
            all.source->stop();
            all.pipeline->stop();
        }
    });
    auto work = all.pipeline->run();
    boost::asio::co_spawn(
        all.context,
        std::move(work),
        [&](std::exception_ptr error, Status status) {
            ended = std::move(status);
            if (error) {
                ended =
                    Status{Error{Errc::corrupt, "the pipeline broke; the log has its last words"}};
            }
            all.context.stop();
        }
    );
    boost::asio::co_spawn(all.context, answer_requests(all), [&](std::exception_ptr error) {
        if (error) {
            all.log.error("requests are not answered any more", {});
        }
    });
    notify_service_manager("READY=1");
    all.context.run();
    return ended;
}

} // namespace

int serve(const ServeOptions& options) {
    auto site = chosen_site(options);
    if (!site) {
        fmt::print(stderr, "{}\n", site.error().message);
        return exit_usage;
    }
    const auto log = make_logger(options.log_format, options.log_level);
    warn_about(*site, *log);
    const bool is_embedded = options.config.empty();
    auto all = assemble(options, std::move(*site), *log);
    std::unique_ptr<http::Server> server;
    if (!is_embedded && !options.is_recording) {
        Secret token;
        if (!all->site.log_token_file.empty()) {
            token = read_secret(all->site.log_token_file).value();
        }
        auto pages = make_pages(vitals_of(*all), all->logs, std::move(token));
        server =
            http::serve(all->context.get_executor(), all->site.listen, std::move(pages)).value();
        log->info(
            "serving",
            {{"listen", all->site.listen},
             {"state", all->site.state},
             {"gerrit", all->site.gerrit.url}}
        );
    }
    const auto ended = run(*all);
    server.reset();
    if (!ended && !ended.error().is(Errc::cancelled)) {
        log->error("ended", {{"error", ended.error().message}});
        return exit_no;
    }
    log->info("ended", {});
    return exit_done;
}

} // namespace seakeeper::daemon
