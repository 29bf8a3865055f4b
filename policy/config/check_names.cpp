// SPDX-License-Identifier: BSD-2-Clause
// Names and references, for every collection at once (checker.hpp).
#include "policy/config/checker.hpp"
#include "policy/config/collections.hpp"
#include "policy/config/references.hpp"

namespace portcullis::config {
namespace {

struct Named {
    std::size_t index = 0;
    bool enabled = true;
};

using NameIndex = std::unordered_map<std::string, Named>;

// The first object of each name.
NameIndex index_names(const Document& document, const Field& row) {
    NameIndex out;
    for (std::size_t i = 0; i < row.access.size(&document); ++i) {
        const void* object = row.access.child_const(&document, i);
        out.emplace(object_name(row.object_type(), object),
                    Named{i, object_enabled(row.object_type(), object)});
    }
    return out;
}

const Field& row_of(std::string_view path) { return *object_type<Document>().find(path); }

class ReferenceCheck {
 public:
    explicit ReferenceCheck(Checker& checker) : checker_(checker) {
        for (const Collection& collection : collections()) {
            names_.emplace(collection.path,
                           index_names(checker.document(), row_of(collection.path)));
        }
    }

    void check(bool enabled, const Field& field, const std::string& target, const Path& at) {
        const std::string_view path = field.info.refers_to;
        if (checker_.unread(path)) return;
        const std::string kind(find_collection(path)->kind);
        const NameIndex& names = names_.find(path)->second;
        const auto found = names.find(target);
        if (found == names.end()) {
            checker_.report(at.text(), "dangling-reference",
                            "there is no " + kind + " \"" + target + "\"",
                            "add it to \"" + std::string(path) +
                                "\", or name one of: " + some_names(row_of(path)));
        } else if (enabled && field.info.needs_enabled && !found->second.enabled) {
            checker_.report(at.text(), "disabled-reference",
                            kind + " \"" + target + "\" is disabled",
                            "enable it, or disable what uses it");
        }
    }

 private:
    // A handful, for the hint.
    std::string some_names(const Field& row) const {
        constexpr std::size_t kMany = 8;
        const Document* document = &checker_.document();
        const std::size_t count = row.access.size(document);
        std::string out;
        for (std::size_t i = 0; i < count && i < kMany; ++i) {
            if (!out.empty()) out += ", ";
            out += object_name(row.object_type(), row.access.child_const(document, i));
        }
        if (count > kMany) out += ", ...";
        return out.empty() ? "(there are none)" : out;
    }

    Checker& checker_;
    std::map<std::string, NameIndex, std::less<>> names_;
};

}  // namespace

void check_names(Checker& checker) {
    for (const Collection& collection : collections()) {
        const Field& row = row_of(collection.path);
        const NameIndex first = index_names(checker.document(), row);
        for (std::size_t i = 0; i < row.access.size(&checker.document()); ++i) {
            const auto name =
                object_name(*collection.type, row.access.child_const(&checker.document(), i));
            const std::size_t other = first.find(name)->second.index;
            if (name.empty() || other == i) continue;
            checker.report(at(collection.path, i, "name"), "duplicate-name",
                           "another " + collection.kind + " is called \"" + name + "\", at " +
                               at(collection.path, other),
                           "names are unique within a collection: rename one of them");
        }
    }
}

void check_references(Checker& checker) {
    ReferenceCheck check(checker);
    const Path root;
    for (const Collection& collection : collections()) {
        const Field& row = row_of(collection.path);
        const Path section = root / row.name;
        for (std::size_t i = 0; i < row.access.size(&checker.document()); ++i) {
            const void* object = row.access.child_const(&checker.document(), i);
            const bool enabled = object_enabled(*collection.type, object);
            for_each_reference(*collection.type, object, section / i,
                               [&](const Field& field, const std::string& target, const Path& at) {
                                   check.check(enabled, field, target, at);
                               });
        }
    }
}

}  // namespace portcullis::config
