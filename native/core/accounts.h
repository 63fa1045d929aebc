#pragma once

#include "core/result.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <variant>
#include <vector>

namespace reuseport {

struct UserAccount {
  std::string name;
  uid_t uid;
  gid_t gid;
  std::string home;
  std::string shell;
};

struct GroupAccount {
  std::string name;
  gid_t gid;
};

/**
 * Accounts as the system knows them: through the name service switch (nsswitch.conf), so those of a directory service
 * as well as those of /etc/passwd. Absent when there is none; a failure is one of the service.
 */
Result<std::optional<UserAccount>> find_user(const std::variant<std::string, uid_t>& key);
Result<std::optional<GroupAccount>> find_group(const std::variant<std::string, gid_t>& key);

/** Every group that the user is a member of, and `primary`. */
Result<std::vector<gid_t>> groups_of_user(const std::string& name, gid_t primary);

} // namespace reuseport
