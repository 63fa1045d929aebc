#include "core/accounts.h"

#include <algorithm>
#include <cerrno>
#include <grp.h>
#include <pwd.h>

namespace reuseport {
namespace {

// Where the service gives no hint; a group with thousands of members takes more, and is asked for again.
constexpr size_t kFirstBytes = 4096;
constexpr size_t kMostBytes = 64 * 1024 * 1024;
constexpr int kFirstGroups = 64;
/** NGROUPS_MAX of Linux since 2.6.4. */
constexpr int kMostGroups = 65536;

std::string shown(const std::variant<std::string, uid_t>& key) {
  const auto* name = std::get_if<std::string>(&key);
  return name != nullptr ? *name : std::to_string(std::get<uid_t>(key));
}

/** What getpwnam(3) lists as "not found" beside 0. */
bool is_not_found(int code) {
  return code == 0 || code == ENOENT || code == ESRCH || code == EBADF || code == EPERM;
}

/** Calls `ask(entry, buffer, found)` with a buffer that is large enough; `take` makes the account from the entry. */
template <class Entry, class Ask, class Take>
auto look_up(const char* call, const std::string& subject, Ask ask, Take take)
    -> Result<std::optional<decltype(take(std::declval<const Entry&>()))>> {
  std::optional<decltype(take(std::declval<const Entry&>()))> account;
  std::vector<char> buffer(kFirstBytes);
  for (;;) {
    Entry entry{};
    Entry* found = nullptr;
    int code = ask(entry, buffer, &found);
    if (code == EINTR) {
      continue;
    }
    if (code == ERANGE && buffer.size() < kMostBytes) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    if (found != nullptr) {
      account = take(*found);
    } else if (!is_not_found(code)) {
      return Failure{code, call, subject};
    }
    return account;
  }
}

std::string text_of(const char* text) {
  return text == nullptr ? "" : text;
}

} // namespace

Result<std::optional<UserAccount>> find_user(const std::variant<std::string, uid_t>& key) {
  const auto* name = std::get_if<std::string>(&key);
  return look_up<passwd>(
      name != nullptr ? "getpwnam" : "getpwuid", shown(key),
      [&](passwd& entry, std::vector<char>& buffer, passwd** found) {
        return name != nullptr ? ::getpwnam_r(name->c_str(), &entry, buffer.data(), buffer.size(), found)
                               : ::getpwuid_r(std::get<uid_t>(key), &entry, buffer.data(), buffer.size(), found);
      },
      [](const passwd& entry) {
        return UserAccount{text_of(entry.pw_name), entry.pw_uid, entry.pw_gid, text_of(entry.pw_dir),
                           text_of(entry.pw_shell)};
      });
}

Result<std::optional<GroupAccount>> find_group(const std::variant<std::string, gid_t>& key) {
  const auto* name = std::get_if<std::string>(&key);
  return look_up<group>(
      name != nullptr ? "getgrnam" : "getgrgid", shown(key),
      [&](group& entry, std::vector<char>& buffer, group** found) {
        return name != nullptr ? ::getgrnam_r(name->c_str(), &entry, buffer.data(), buffer.size(), found)
                               : ::getgrgid_r(std::get<gid_t>(key), &entry, buffer.data(), buffer.size(), found);
      },
      [](const group& entry) {
        return GroupAccount{text_of(entry.gr_name), entry.gr_gid};
      });
}

Result<std::vector<gid_t>> groups_of_user(const std::string& name, gid_t primary) {
  std::vector<gid_t> groups(kFirstGroups);
  for (;;) {
    int count = static_cast<int>(groups.size());
    if (::getgrouplist(name.c_str(), primary, groups.data(), &count) >= 0) {
      groups.resize(static_cast<size_t>(count));
      return groups;
    }
    // glibc says how many there are, musl need not.
    int wanted = std::max(count, static_cast<int>(groups.size()) * 2);
    if (static_cast<int>(groups.size()) >= kMostGroups) {
      return Failure{ERANGE, "getgrouplist", name};
    }
    groups.resize(static_cast<size_t>(std::min(wanted, kMostGroups)));
  }
}

} // namespace reuseport
