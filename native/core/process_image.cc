#include "core/process_image.h"

#include "core/proc_numbers.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <pthread.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace reuseport {
namespace {

sigset_t held;

/** How long the other threads may take to block what they are told to, and between looks. */
constexpr int kLooks = 1000;
constexpr timespec kBetweenLooks = {.tv_sec = 0, .tv_nsec = 1'000'000};

/**
 * In a thread that does not block it: blocks all of them there, and sends it anew for another, or for who comes after
 * us. Not what a terminal has sent, which reaches the others of its process group by itself, nor what was for this
 * thread alone.
 */
void send_again(int signal, siginfo_t* info, void* context) {
  int code = errno;
  auto& blocked = static_cast<ucontext_t*>(context)->uc_sigmask;
  for (int other = 1; other < NSIG; other++) {
    if (sigismember(&held, other) == 1) {
      sigaddset(&blocked, other);
    }
  }
  if (info->si_code != SI_KERNEL && info->si_code != SI_TKILL) {
    ::kill(::getpid(), signal);
  }
  errno = code;
}

/** Also true of a thread that is gone. */
bool blocks(pid_t thread, int signal) {
  std::ifstream status("/proc/self/task/" + std::to_string(thread) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:")) {
      return (std::strtoull(line.c_str() + std::strlen("SigBlk:"), nullptr, 16) >> (signal - 1) & 1) != 0;
    }
  }
  return true;
}

/** A thread that still ran the handler when another program begins would take its signal along. */
void block_everywhere(int signal) {
  auto is_open = [signal](pid_t thread) { return !blocks(thread, signal); };
  auto threads = read_numbers("/proc/self/task");
  std::vector<pid_t> open = threads ? std::move(threads.value()) : std::vector<pid_t>{};
  std::erase_if(open, std::not_fn(is_open));
  for (pid_t thread : open) {
    ::syscall(SYS_tgkill, ::getpid(), thread, signal);
  }
  for (int look = 0; look < kLooks && std::ranges::any_of(open, is_open); look++) {
    ::nanosleep(&kBetweenLooks, nullptr);
  }
}

} // namespace

Result<Done> hold_signals(std::span<const int> signals) {
  sigemptyset(&held);
  for (int signal : signals) {
    sigaddset(&held, signal);
  }
  int code = ::pthread_sigmask(SIG_BLOCK, &held, nullptr);
  if (code != 0) {
    return Failure{code, "pthread_sigmask", "signals"};
  }
  for (int signal : signals) {
    struct sigaction action {};
    action.sa_sigaction = send_again;
    action.sa_mask = held;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    if (::sigaction(signal, &action, nullptr) != 0) {
      code = errno;
      return Failure{code, "sigaction", "signal " + std::to_string(signal)};
    }
  }
  // Only a thread itself can do so: one of them makes it block all.
  if (!signals.empty()) {
    block_everywhere(signals.front());
  }
  return Done{};
}

Failure execute(const std::string& path, const std::vector<std::string>& words) {
  std::vector<std::string> copies = words;
  std::vector<char*> pointers;
  for (auto& word : copies) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  ::execve(path.c_str(), pointers.data(), environ);
  int code = errno;
  return Failure{code, "execve", path};
}

Result<Done> queue_signal(pid_t pid, int signal, int value) {
  if (::sigqueue(pid, signal, sigval{.sival_int = value}) != 0) {
    int code = errno;
    return Failure{code, "sigqueue", "pid " + std::to_string(pid)};
  }
  return Done{};
}

} // namespace reuseport
