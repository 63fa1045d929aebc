/**
 * Runs a program, or a few calls on files, as another user: what setpriv(1) does, for machines that lack it.
 *
 *   reuseport-run-as <uid> <gid> <gid,gid,…> <umask> exec <file> [argument…]
 *   reuseport-run-as <uid> <gid> <gid,gid,…> <umask> act <call>…
 *   calls: read <path>, execute <path>, unlink <path>, link <from> <to>
 *
 * "-" in place of the first three keeps the user, in place of the umask the umask. Another user than root has no
 * capability; the same one keeps what it has but CAP_BPF and CAP_PERFMON, which steering takes: the master's alone.
 * `act` prints an errno for each call, 0 for success; `read` and `execute` are questions of access(2). Exit code 125:
 * the identity could not be assumed, and nothing was done; 126: the file could not be executed. The reason is on
 * standard error.
 *
 * The program's environment is what is left of our own when the mark "@" is taken from the front of each variable;
 * variables without it are ours alone. So LD_PRELOAD and its like, meant for the program, do nothing to us.
 *
 * The master starts its workers through this, because libuv's uv_spawn clears the supplementary groups, and because a
 * Node process that became another user by itself would have run what NODE_OPTIONS and --require name as root.
 */
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <grp.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr int kNoIdentity = 125;
constexpr int kNotExecuted = 126;
/** NGROUPS_MAX of Linux since 2.6.4. */
constexpr size_t kMaxGroups = 65536;
constexpr std::string_view kKeep = "-";
/** Linux 5.8; the headers of older systems lack them. */
constexpr unsigned long kCapPerfmon = 38;
constexpr unsigned long kCapBpf = 39;
constexpr char kMark = '@';

[[noreturn]] void fail(int exit_code, const char* call, int code) {
  std::fprintf(stderr, "%s: %s\n", call, std::strerror(code));
  std::exit(exit_code);
}

[[noreturn]] void misused(const char* what) {
  std::fprintf(stderr, "reuseport-run-as: %s\n", what);
  std::exit(kNoIdentity);
}

uint32_t parse_number(std::string_view text, int base, const char* what) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) {
    misused(what);
  }
  return value;
}

struct Groups {
  std::array<gid_t, kMaxGroups> ids;
  size_t count = 0;
};

// Not on the stack, and no heap either.
Groups groups;

void parse_groups(std::string_view text) {
  while (!text.empty()) {
    size_t comma = text.find(',');
    if (groups.count == kMaxGroups) {
      misused("too many groups");
    }
    // Not substr, which would bring the library's exceptions along, 250 KB of them.
    std::string_view first(text.data(), std::min(comma, text.size()));
    groups.ids[groups.count++] = parse_number(first, 10, "a list of group ids is expected");
    text.remove_prefix(std::min(first.size() + 1, text.size()));
  }
}

/** What is left of the capabilities of a process that is not root when it executes a program without any. */
void lower_ambient(unsigned long operation, unsigned long capability) {
  // EINVAL: this kernel does not know the capability, or (before 4.3) none of the kind.
  if (::prctl(PR_CAP_AMBIENT, operation, capability, 0, 0) != 0 && errno != EINVAL) {
    fail(kNoIdentity, "prctl", errno);
  }
}

/** For ever: real, effective and saved ids, the groups before the user who could not change them any more. */
void assume(uid_t uid, gid_t gid) {
  if (::setgroups(groups.count, groups.ids.data()) != 0) {
    fail(kNoIdentity, "setgroups", errno);
  }
  if (::setresgid(gid, gid, gid) != 0) {
    fail(kNoIdentity, "setresgid", errno);
  }
  if (::setresuid(uid, uid, uid) != 0) {
    fail(kNoIdentity, "setresuid", errno);
  }
  if (uid == 0) {
    return;
  }
  // Leaving uid 0 empties them, unless a securebit of the master says otherwise.
  lower_ambient(PR_CAP_AMBIENT_CLEAR_ALL, 0);
  if (::setuid(0) == 0) {
    misused("root could be regained");
  }
}

/** Makes the environment the program's. */
void unmark_environment() {
  char** kept = environ;
  for (char** variable = environ; *variable != nullptr; variable++) {
    if (**variable == kMark) {
      *kept++ = *variable + 1;
    }
  }
  *kept = nullptr;
}

int outcome(int result) {
  return result == 0 ? 0 : errno;
}

/** The errno of the call that stands at `words`, which is moved behind it. */
int act(char**& words) {
  std::string_view call = *words++;
  const char* first = *words;
  if (first == nullptr) {
    misused("a path is missing");
  }
  words++;
  if (call == "read") {
    return outcome(::access(first, R_OK));
  }
  if (call == "execute") {
    return outcome(::access(first, X_OK));
  }
  if (call == "unlink") {
    return outcome(::unlink(first));
  }
  if (call != "link" || *words == nullptr) {
    misused("read, execute, unlink or link is expected");
  }
  return outcome(::link(first, *words++));
}

} // namespace

int main(int argc, char** argv) {
  constexpr int kFirstWord = 6;
  if (argc <= kFirstWord) {
    misused("<uid> <gid> <groups> <umask> exec|act … is expected");
  }
  if (argv[4] != kKeep) {
    ::umask(parse_number(argv[4], 8, "an octal umask is expected"));
  }
  if (argv[1] == kKeep) {
    lower_ambient(PR_CAP_AMBIENT_LOWER, kCapBpf);
    lower_ambient(PR_CAP_AMBIENT_LOWER, kCapPerfmon);
  } else {
    parse_groups(argv[3]);
    assume(parse_number(argv[1], 10, "a user id is expected"), parse_number(argv[2], 10, "a group id is expected"));
  }
  char** words = argv + kFirstWord;
  if (std::string_view(argv[5]) == "exec") {
    unmark_environment();
    ::execv(words[0], words);
    fail(kNotExecuted, words[0], errno);
  }
  if (std::string_view(argv[5]) != "act") {
    misused("exec or act is expected");
  }
  while (*words != nullptr) {
    std::printf("%d\n", act(words));
  }
  return 0;
}
