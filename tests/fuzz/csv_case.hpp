/// What an input of the fuzzer means: a text, and how a decoder is told to read it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_decode.hpp"

namespace pumice::fuzz {

/// The last kSettings bytes of an input are settings, each taken modulo what it can be; an absent one is 0. The rest is
/// the body: rows without a header, in which ',' stands for the delimiter.
class CsvCase {
 public:
  static constexpr std::size_t kSettings = 8;

  explicit CsvCase(std::string_view input) : body_(input.substr(0, input.size() - std::min(input.size(), kSettings))) {
    const std::string_view settings = input.substr(body_.size());
    for (std::size_t i = 0; i < settings.size(); ++i) {
      settings_[i] = static_cast<unsigned char>(settings[i]);
    }
  }

  [[nodiscard]] std::string_view body() const { return body_; }

  /// The whole text: header and rows.
  [[nodiscard]] std::string text() const { return header() + rows(body_); }
  /// A text of the same columns that decides otherwise: for a decoder that remembers.
  [[nodiscard]] std::string other_text() const { return header() + rows("0.25,-32768,,7"); }

  [[nodiscard]] FileShape shape() const {
    FileShape shape;
    shape.channels = names();
    if (has_time()) {
      shape.time_column = shape.channels.front();
      shape.channels.erase(shape.channels.begin());
    }
    shape.has_header = has_header();
    shape.delimiter = delimiter();
    shape.decimal = decimal();
    return shape;
  }
  /// All channels, backwards, every second one, or one.
  [[nodiscard]] std::vector<std::string> wanted() const {
    const std::vector<std::string> all = shape().channels;
    switch (settings_[kWanted] % 4) {
      case 1:
        return {all.rbegin(), all.rend()};
      case 2: {
        std::vector<std::string> some;
        for (std::size_t i = settings_[kWanted] / 4 % 2 % all.size(); i < all.size(); i += 2) {
          some.push_back(all[i]);
        }
        return some;
      }
      case 3:
        return {all[settings_[kWanted] / 4 % all.size()]};
      default:
        return all;
    }
  }
  [[nodiscard]] io::OtherColumns others() const {
    return (settings_[kFlags] & 1) != 0 ? io::OtherColumns::kPassOver : io::OtherColumns::kRefuse;
  }
  [[nodiscard]] TextFormat format() const {
    TextFormat format;
    format.missing_words = (settings_[kFlags] & 6) == 6   ? std::vector<std::string>{"-999", "?"}
                           : (settings_[kFlags] & 6) == 4 ? std::vector<std::string>{"bad"}
                                                          : std::vector<std::string>{};
    return format;
  }
  [[nodiscard]] double required_rate() const { return has_time() && (settings_[kFlags] & 8) != 0 ? 1.0 : 0.0; }
  /// What lies before and behind the text.
  [[nodiscard]] char padding() const { return "0,\n-.\"\xff "[settings_[kPadding] % 8]; }

  [[nodiscard]] std::string describe() const {
    std::string text = "wanted:";
    for (const std::string& name : wanted()) {
      text += " " + name;
    }
    text += has_time() ? "; times: " + names().front() : "";
    constexpr std::size_t kShown = 2000;
    return text + "; text:\n" + this->text().substr(0, kShown);
  }

 private:
  enum Setting : std::uint8_t { kDelimiter, kColumns, kWanted, kFlags, kLines, kRepeats, kPadding, kTime };

  [[nodiscard]] char delimiter() const { return ",;\t| "[settings_[kDelimiter] % 5]; }
  [[nodiscard]] char decimal() const { return settings_[kDelimiter] / 5 % 8 == 1 ? ',' : '.'; }
  [[nodiscard]] std::size_t columns() const {
    constexpr std::array<std::size_t, 8> kWide{16, 17, 31, 32, 33, 64, 129, 300};
    const unsigned char setting = settings_[kColumns];
    return setting < 248 ? 1 + setting % 12 : kWide[setting % 8];
  }
  [[nodiscard]] bool has_time() const { return settings_[kTime] % 4 == 1 && columns() > 1; }
  [[nodiscard]] bool has_header() const { return (settings_[kLines] & 1) == 0; }
  [[nodiscard]] std::string line_end() const { return (settings_[kLines] & 2) != 0 ? "\r\n" : "\n"; }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (std::size_t c = 0; c < columns(); ++c) {
      // Those that a text without a header is given, or others.
      names.push_back((has_header() ? "c" : "column_") + std::to_string(c + 1));
    }
    return names;
  }
  [[nodiscard]] std::string header() const {
    std::string text = (settings_[kLines] & 4) != 0 ? "\xef\xbb\xbf" : "";
    if (has_header()) {
      for (const std::string& name : names()) {
        text += name + delimiter();
      }
      text.pop_back();
      text += line_end();
    }
    return text;
  }

  /// The body as it is written: with the delimiter for ',', and perhaps with all separators laid out anew, so that each
  /// row has as many cells as there are columns; so many times.
  [[nodiscard]] std::string rows(std::string_view body) const {
    const std::string end = line_end();
    std::string text = (settings_[kLines] & 8) != 0 ? as_laid_out(body, end) : laid_out_anew(body, end);
    const std::string once = end + text;
    const std::size_t longest = settings_[kRepeats] == 255 ? kLongest : kLongestOften;
    for (std::size_t i = 1; i < repeats() && text.size() < longest; ++i) {
      text += once;
    }
    // The last line may lack its end.
    return (settings_[kLines] & 16) != 0 ? text : text + end;
  }
  [[nodiscard]] std::string as_laid_out(std::string_view body, const std::string& end) const {
    std::string text;
    for (const char c : body) {
      if (c == '\n') {
        text += end;
      } else {
        text += c == ',' ? delimiter() : c;
      }
    }
    return text;
  }
  [[nodiscard]] std::string laid_out_anew(std::string_view body, const std::string& end) const {
    std::string text;
    std::size_t cells = 0;
    for (const char c : body) {
      if (c != ',' && c != '\n') {
        text += c;
      } else if (++cells % columns() == 0) {
        text += end;
      } else {
        text += delimiter();
      }
    }
    while (++cells % columns() != 0) {
      text += delimiter();
    }
    return text;
  }
  [[nodiscard]] std::size_t repeats() const {
    constexpr std::array<std::size_t, 8> kRepeated{2, 3, 5, 9, 33, 100, 1000, 100000};
    return settings_[kRepeats] < 224 ? 1 : kRepeated[settings_[kRepeats] % 8];
  }
  static constexpr std::size_t kLongest = std::size_t{1} << 17;
  static constexpr std::size_t kLongestOften = std::size_t{1} << 12;

  std::string_view body_;
  std::array<unsigned char, kSettings> settings_{};
};

}  // namespace pumice::fuzz
