#pragma once

#include <string>
#include <utility>
#include <variant>

namespace reuseport {

/** A system call that the kernel refused. */
struct Failure {
  /** Positive errno. */
  int code;
  /** Name of the call, as in "bind". */
  const char* call;
  /** What it was called on, as in "0.0.0.0:8080" or "fd 12". */
  std::string subject;
};

/** The value of a step that gives nothing back. */
struct Done {};

/** Either a value or the failure that prevented it. */
template <class T>
class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::move(value)) {}
  Result(Failure failure) : state_(std::move(failure)) {}

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  /** Only when ok(). */
  T& value() { return *std::get_if<T>(&state_); }
  /** Only when not ok(). */
  Failure& failure() { return *std::get_if<Failure>(&state_); }

private:
  std::variant<T, Failure> state_;
};

inline std::string describe_fd(int fd) {
  return "fd " + std::to_string(fd);
}

} // namespace reuseport
