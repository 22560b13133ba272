// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "peer.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>

// A throwaway certificate authority, made by the openssl program in a folder that goes with it.
namespace seakeeper::test {

class Authority {
public:
    static const Authority& shared() {
        static const Authority authority;
        return authority;
    }
    Authority() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "seakeeper-ca-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("no folder for the test's certificates");
        }
        folder_ = pattern;
        openssl("req -x509 " + new_key("ca") + " -out ca.pem -subj /CN=test-ca -days 2");
    }
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;
    ~Authority() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    std::string ca_file() const { return path("ca.pem"); }
    std::string ca_pem() const { return text_of(ca_file()); }

    /// Valid for the name, and for 127.0.0.1.
    Credentials server(const std::string& name) const { return signed_for(name, "2"); }
    Credentials expired(const std::string& name) const { return signed_for(name, "-1"); }
    Credentials self_signed(const std::string& name) const {
        openssl(
            "req -x509 " + new_key("self") + " -out self.pem -days 2 -subj /CN=" + name
            + " -addext subjectAltName=DNS:" + name
        );
        return {path("self.pem"), path("self.key"), {}};
    }

    static std::string text_of(const std::string& file) {
        std::ostringstream text;
        text << std::ifstream{file}.rdbuf();
        return text.str();
    }

private:
    Credentials signed_for(const std::string& name, const std::string& days) const {
        const std::string stem = name + "_" + days;
        const Credentials made{path(stem + ".pem"), path(stem + ".key"), {}};
        if (std::filesystem::exists(made.certificate_file)) {
            return made;
        }
        std::ofstream{path("extensions")} << "subjectAltName=DNS:" << name << ",IP:127.0.0.1\n";
        openssl("req " + new_key(stem) + " -out request.pem -subj /CN=" + name);
        openssl(
            "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -extfile extensions"
            " -days "
            + days + " -out " + stem + ".pem"
        );
        return made;
    }

    static std::string new_key(const std::string& stem) {
        return "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + stem + ".key";
    }
    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    void openssl(const std::string& arguments) const {
        const std::string command =
            "cd " + folder_ + " && openssl " + arguments + " >openssl.log 2>&1";
        if (std::system(command.c_str()) != 0) {
            throw std::runtime_error("openssl " + arguments + ": " + text_of(path("openssl.log")));
        }
    }

    std::string folder_;
};

} // namespace seakeeper::test
