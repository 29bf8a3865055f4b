// SPDX-License-Identifier: BSD-2-Clause
// Wire: builds DNS messages byte by byte, right and wrong ones.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "signaling/locate/dns_record.hpp"

namespace portcullis::locate {

class Wire {
 public:
    // A reply (QR, RD, RA set) with one question.
    Wire(const Question& question, unsigned code = 0) {
        u16(0x1234).u16(0x8180U | code).u16(1).u16(0).u16(0).u16(0);
        name(question.name).u16(static_cast<unsigned>(question.type)).u16(1);
    }

    Wire& u8(unsigned value) {
        bytes_ += static_cast<char>(value);
        return *this;
    }
    Wire& u16(unsigned value) { return u8(value >> 8U & 0xffU).u8(value & 0xffU); }
    Wire& u32(std::uint32_t value) { return u16(value >> 16U).u16(value & 0xffffU); }
    Wire& raw(std::string_view bytes) {
        bytes_ += bytes;
        return *this;
    }
    // Uncompressed; empty: the root.
    Wire& name(std::string_view text) {
        while (!text.empty()) {
            const auto dot = text.find('.');
            const auto label = text.substr(0, dot);
            u8(static_cast<unsigned>(label.size())).raw(label);
            text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
        }
        return u8(0);
    }
    Wire& pointer(unsigned offset) { return u16(0xc000U | offset); }

    // An answer (or, once authorities have begun, an authority record).
    Wire& record(std::string_view owner, unsigned type, std::uint32_t ttl, std::string_view data,
                 unsigned record_class = 1) {
        count(section_);
        name(owner).u16(type).u16(record_class).u32(ttl).u16(static_cast<unsigned>(data.size()));
        return raw(data);
    }
    Wire& authority() {
        section_ = 8;
        return *this;
    }
    // Changes the byte at `offset`.
    Wire& patch(std::size_t offset, unsigned value) {
        bytes_[offset] = static_cast<char>(value);
        return *this;
    }
    // Says that there is one more record in the section at `offset` of the header.
    void count(std::size_t offset) {
        const auto low = static_cast<unsigned char>(bytes_[offset + 1]);
        if (low == 0xff) patch(offset, static_cast<unsigned char>(bytes_[offset]) + 1U);
        patch(offset + 1, (low + 1U) & 0xffU);
    }

    [[nodiscard]] const std::string& text() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return std::as_bytes(std::span(bytes_));
    }

    // Data of records.
    static std::string encode(std::string_view name_text) {
        return Wire(Bare{}).name(name_text).bytes_;
    }
    static std::string srv(unsigned priority, unsigned weight, unsigned port,
                           std::string_view target) {
        return Wire(Bare{}).u16(priority).u16(weight).u16(port).name(target).bytes_;
    }
    static std::string naptr(unsigned order, unsigned preference, std::string_view flags,
                             std::string_view service, std::string_view regexp,
                             std::string_view replacement) {
        Wire out(Bare{});
        out.u16(order).u16(preference);
        for (const auto text : {flags, service, regexp}) {
            out.u8(static_cast<unsigned>(text.size())).raw(text);
        }
        return out.name(replacement).bytes_;
    }
    static std::string soa(std::uint32_t minimum) {
        Wire out(Bare{});
        out.name("ns.example").name("admin.example");
        return out.u32(1).u32(2).u32(3).u32(4).u32(minimum).bytes_;
    }
    static std::string v4(unsigned a, unsigned b, unsigned c, unsigned d) {
        return Wire(Bare{}).u8(a).u8(b).u8(c).u8(d).bytes_;
    }

 private:
    struct Bare {};
    explicit Wire(Bare) {}

    std::string bytes_;
    std::size_t section_ = 6;  // ANCOUNT; 8: NSCOUNT
};

}  // namespace portcullis::locate
