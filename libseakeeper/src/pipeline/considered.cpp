// SPDX-License-Identifier: Apache-2.0
// What is kept of events that start nothing, so that somebody can be told why.
#include "pipeline/engine.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/circumstances.hpp>

namespace seakeeper::pipeline {

Considered considered_of(const Gathered& gathered, std::string key) {
    Considered considered;
    considered.inputs = gathered.blobs;
    auto list = decision::to_json(gathered.inputs);
    considered.row = {gathered.item.sequence, std::move(key), sha256_hex(list)};
    considered.inputs.push_back({considered.row.list, std::move(list)});
    return considered;
}

/// No trigger wants it: what says so is kept, to be told to who asks.
asio::awaitable<Status> Pipeline::Engine::end_unwanted(Gathered gathered) {
    gathered.inputs.push_back({"options", "", options_input.digest});
    gathered.blobs.push_back(options_input);
    for (const auto& file : gathered.view->files) {
        gathered.inputs.push_back(file->input);
        gathered.blobs.push_back({file->input.digest, file->bytes});
    }
    auto considered = std::make_shared<const Considered>(considered_of(gathered, ""));
    auto item = std::move(gathered.item);
    item.considered = std::move(considered);
    auto done = co_await end(std::move(item), store::InboxState::decided, "no trigger");
    co_return done;
}

} // namespace seakeeper::pipeline
