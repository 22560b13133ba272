// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

// A disk that forgets: what SQLite writes goes to ordinary files and is written down, so that the
// files can be put together as they might look after the power went at any moment. What was synced
// is there; of what was not, each write may be there, be missing, or be there in part.
namespace seakeeper::test {

/// What SQLite did to one of a store's files (database or write-ahead log), in order.
struct DiskOperation {
    enum class Kind : std::uint8_t { write, truncate, remove, sync, acknowledged };
    Kind kind = Kind::write;
    std::string file;        ///< name without its folder
    std::int64_t offset = 0; ///< truncate: the new size; acknowledged: what
    std::string bytes;
};

/// Makes SQLite write down what it does, from now on and in this process. Once.
void begin_recording();
/// Notes that everything up to `number` was promised to be durable.
void note_acknowledged(std::int64_t number);
/// All so far, and none of it again.
std::vector<DiskOperation> take_recorded();

enum class Syncs : std::uint8_t { kept, forgotten };

/// Walks through a recording, forwards only.
class LosingDisk {
public:
    LosingDisk(std::vector<DiskOperation> recorded, Syncs syncs)
        : recorded_{std::move(recorded)}, syncs_{syncs} {}

    std::size_t size() const { return recorded_.size(); }
    /// The last number that was acknowledged before operation `at`.
    std::int64_t acknowledged() const { return acknowledged_; }
    /// Goes on to operation `at`.
    void go_to(std::size_t at);
    /// The files as they may be found if the power goes now: chance decides about what is not
    /// synced.
    std::map<std::string, std::string> cut(std::mt19937_64& dice) const;

private:
    std::vector<DiskOperation> recorded_;
    Syncs syncs_;
    std::size_t at_ = 0;
    std::int64_t acknowledged_ = 0;
    std::map<std::string, std::string> safe_;
    std::vector<const DiskOperation*> pending_;
};

} // namespace seakeeper::test
