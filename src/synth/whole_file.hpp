/// Files that appear under their name only when they are complete.
#pragma once

#include <filesystem>
#include <string_view>

namespace pumice::synth {

/// Ends the name of a file that is being written.
inline constexpr std::string_view kPartExtension = ".part";

/// Writes `text` under a temporary name beside `path` and renames it. Throws Error with the cause.
void write_whole_file(const std::filesystem::path& path, std::string_view text);

}  // namespace pumice::synth
