// SPDX-License-Identifier: Apache-2.0
#include "losing_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>

namespace seakeeper::test {
namespace {

using Kind = DiskOperation::Kind;

constexpr std::size_t sector = 512;

struct Recording {
    std::mutex mutex;
    std::vector<DiskOperation> operations;

    void add(DiskOperation operation) {
        const std::lock_guard lock{mutex};
        operations.push_back(std::move(operation));
    }
};

Recording& recording() {
    static Recording only;
    return only;
}

sqlite3_vfs* real_vfs = nullptr;

/// The name under which a path is recorded; empty: it is not.
std::string recorded_as(const char* path) {
    std::string_view name = path == nullptr ? "" : path;
    name.remove_prefix(std::min(name.size(), name.rfind('/') + 1));
    const bool is_ours = name.ends_with(".db") || name.ends_with("-wal");
    return is_ours ? std::string{name} : std::string{};
}

/// SQLite's handle of a file: ours first, the real one's bytes behind it.
struct File {
    sqlite3_file base;
    std::string* name; ///< null: not recorded
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& ours(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return ours(file).real();
}

void record(sqlite3_file* file, Kind kind, std::int64_t offset, std::string bytes) {
    if (const auto* name = ours(file).name; name != nullptr) {
        recording().add({kind, *name, offset, std::move(bytes)});
    }
}

int close(sqlite3_file* file) {
    delete std::exchange(ours(file).name, nullptr);
    return real(file)->pMethods->xClose(real(file));
}
int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), to, size, offset);
}
int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    const int code = real(file)->pMethods->xWrite(real(file), from, size, offset);
    if (code == SQLITE_OK) {
        const auto* bytes = static_cast<const char*>(from);
        record(file, Kind::write, offset, {bytes, static_cast<std::size_t>(size)});
    }
    return code;
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const int code = real(file)->pMethods->xTruncate(real(file), size);
    if (code == SQLITE_OK) {
        record(file, Kind::truncate, size, {});
    }
    return code;
}
int sync(sqlite3_file* file, int) {
    record(file, Kind::sync, 0, {}); // the real disk is not asked: it is not what is tested
    return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* found) {
    return real(file)->pMethods->xCheckReservedLock(real(file), found);
}
int control(sqlite3_file* file, int what, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), what, argument);
}
int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int map_shared(sqlite3_file* file, int page, int size, int extend, volatile void** to) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, to);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void barrier(sqlite3_file* file) {
    real(file)->pMethods->xShmBarrier(real(file));
}
int unmap_shared(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods methods{
    2,
    close,
    read,
    write,
    truncate,
    sync,
    file_size,
    lock,
    unlock,
    check_lock,
    control,
    sector_size,
    characteristics,
    map_shared,
    lock_shared,
    barrier,
    unmap_shared,
    nullptr,
    nullptr};

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    auto* made = new (file) File{};
    const int code = real_vfs->xOpen(real_vfs, path, made->real(), flags, out_flags);
    if (code != SQLITE_OK) {
        return code; // without methods it is not closed
    }
    made->base.pMethods = &methods;
    if (auto name = recorded_as(path); !name.empty()) {
        made->name = new std::string{std::move(name)};
    }
    return code;
}

int remove(sqlite3_vfs*, const char* path, int sync_folder) {
    const int code = real_vfs->xDelete(real_vfs, path, sync_folder);
    if (auto name = recorded_as(path); code == SQLITE_OK && !name.empty()) {
        recording().add({Kind::remove, std::move(name), 0, {}});
    }
    return code;
}

/// What becomes of a file's bytes.
void apply(std::map<std::string, std::string>& files, const DiskOperation& what) {
    if (what.kind == Kind::remove) {
        files.erase(what.file);
        return;
    }
    auto& bytes = files[what.file];
    const auto offset = static_cast<std::size_t>(what.offset);
    if (what.kind == Kind::truncate) {
        bytes.resize(offset);
        return;
    }
    bytes.resize(std::max(bytes.size(), offset + what.bytes.size()));
    std::memcpy(bytes.data() + offset, what.bytes.data(), what.bytes.size());
}

/// Some sectors of a write.
void tear(
    std::map<std::string, std::string>& files, const DiskOperation& what, std::mt19937_64& dice
) {
    for (std::size_t at = 0; at < what.bytes.size(); at += sector) {
        if (dice() % 2 == 0) {
            const auto offset = what.offset + static_cast<std::int64_t>(at);
            apply(files, {Kind::write, what.file, offset, what.bytes.substr(at, sector)});
        }
    }
}

} // namespace

void begin_recording() {
    static sqlite3_vfs recorder = [] {
        sqlite3_initialize();
        real_vfs = sqlite3_vfs_find(nullptr);
        sqlite3_vfs made = *real_vfs;
        made.zName = "recorder";
        made.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
        made.xOpen = open;
        made.xDelete = remove;
        return made;
    }();
    sqlite3_vfs_register(&recorder, 1);
}

void note_acknowledged(std::int64_t number) {
    recording().add({Kind::acknowledged, {}, number, {}});
}

std::vector<DiskOperation> take_recorded() {
    const std::lock_guard lock{recording().mutex};
    return std::exchange(recording().operations, {});
}

void LosingDisk::go_to(std::size_t at) {
    for (; at_ < at; ++at_) {
        const auto& next = recorded_[at_];
        if (next.kind == Kind::acknowledged) {
            acknowledged_ = next.offset;
        } else if (next.kind != Kind::sync) {
            pending_.push_back(&next);
        } else if (syncs_ == Syncs::kept) {
            std::erase_if(pending_, [&](const DiskOperation* one) {
                const bool is_synced = one->file == next.file;
                if (is_synced) {
                    apply(safe_, *one);
                }
                return is_synced;
            });
        }
    }
}

std::map<std::string, std::string> LosingDisk::cut(std::mt19937_64& dice) const {
    auto files = safe_;
    const auto kept = dice() % 101; // of a hundred: some cuts lose all, some nothing
    for (const auto* one : pending_) {
        const auto chance = dice() % 100;
        if (chance < kept) {
            apply(files, *one);
        } else if (one->kind == Kind::write && chance % 2 == 0) {
            tear(files, *one, dice);
        }
    }
    return files;
}

} // namespace seakeeper::test
