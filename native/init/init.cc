/**
 * Process 1 of a container once an upgrade has put another process in charge: reaps, passes signals on to the master,
 * and ends as the master does, which ends the container.
 *
 *   reuseport-init <pid of the master, a child>
 *
 * A master that hands over to the next one, its child, queues kHandover with that one's pid, and ends; the next one is
 * our child then. Signals that the kernel itself sends come from a terminal, which tells the master too: they are not
 * passed on.
 *
 * Exit code: the master's, or 128 and its signal; 1 where the last master has ended unseen. The signals below must be
 * blocked when this begins: process 1 would lose them otherwise.
 */
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kMisused = 125;
constexpr int kKilledBase = 128;
/** The last real-time signal has the same number with every C library. Also in src/cli/process-one.ts. */
constexpr int kHandover = 64;
constexpr std::array kPassedOn = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU};

[[noreturn]] void end(int exit_code, const char* why) {
  std::fprintf(stderr, "reuseport-init: %s\n", why);
  std::_Exit(exit_code);
}

sigset_t heeded_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : kPassedOn) {
    sigaddset(&set, signal);
  }
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, kHandover);
  return set;
}

/** Of nobody but the master. */
void hand_over(pid_t& master, const siginfo_t& info) {
  if (info.si_code == SI_QUEUE && info.si_pid == master && info.si_value.sival_int > 1) {
    master = info.si_value.sival_int;
  }
}

/** What a master queued before it ended comes after the SIGCHLD, whose number is lower. */
void hear_handovers(pid_t& master) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, kHandover);
  timespec none{};
  siginfo_t info{};
  while (::sigtimedwait(&set, &info, &none) == kHandover) {
    hand_over(master, info);
  }
}

bool is_child(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/** All at once: one SIGCHLD may stand for many. */
void reap(pid_t& master) {
  int status = 0;
  for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
    hear_handovers(master);
    if (pid == master) {
      std::_Exit(WIFSIGNALED(status) ? kKilledBase + WTERMSIG(status) : WEXITSTATUS(status));
    }
  }
  if (!is_child(master) && ::kill(master, 0) != 0 && errno == ESRCH) {
    end(EXIT_FAILURE, "the master ended while it was a child of the one before it");
  }
}

} // namespace

int main(int count, char** words) {
  pid_t master = 0;
  std::string_view pid = count == 2 ? words[1] : "";
  if (std::from_chars(pid.data(), pid.data() + pid.size(), master).ptr == pid.data() || master <= 1) {
    end(kMisused, "the pid of a master is expected");
  }
  sigset_t heeded = heeded_signals();
  ::sigprocmask(SIG_BLOCK, &heeded, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
  // By this masters know who process 1 is, whatever file it was started from.
  ::prctl(PR_SET_NAME, "reuseport-init", 0UL, 0UL, 0UL);
  // It may have ended by now.
  reap(master);
  for (;;) {
    siginfo_t info{};
    int signal = ::sigwaitinfo(&heeded, &info);
    if (signal == SIGCHLD) {
      reap(master);
    } else if (signal == kHandover) {
      hand_over(master, info);
    } else if (signal > 0 && info.si_code != SI_KERNEL) {
      ::kill(master, signal);
    }
  }
}
