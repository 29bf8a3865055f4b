// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "common/base/unique_fd.hpp"

namespace portcullis::relay {

void notify_supervisor(const char* state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
    const std::size_t length = std::strlen(path);
    if (length >= sizeof(address.sun_path)) return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path, length);
    // A leading @ names a socket in the abstract namespace.
    if (path[0] == '@') address.sun_path[0] = '\0';
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return;
    static_cast<void>(::sendto(socket.get(), state, std::strlen(state), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address),
                               static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length)));
}

}  // namespace portcullis::relay
