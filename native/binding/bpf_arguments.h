#pragma once

#include "binding/arguments.h"

#include <cstddef>
#include <span>
#include <string>

namespace reuseport {

uint32_t decode_u32(Napi::Value value, const std::string& name, uint32_t min);

/** Points into the array, so only for the time of the call. */
std::span<const std::byte> decode_bytes(Napi::Value value, const std::string& name);
/** The same, of a size that the kernel reads without asking. */
std::span<const std::byte> decode_sized_bytes(Napi::Value value, const std::string& name, size_t size);
/** The same, of 1 to `max` instructions of 8 bytes. */
std::span<const std::byte> decode_instructions(Napi::Value value, const std::string& name, size_t max);

/** Name of a BPF object; empty when absent. */
std::string decode_bpf_name(const OptionsArgument& options);

/** A path or license: a C string that the kernel reads. */
std::string decode_c_string(Napi::Value value, const std::string& name);

} // namespace reuseport
