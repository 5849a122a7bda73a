// NPY: the bytes as numpy.lib.format describes them, and matrices of other programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "pumice/error.hpp"
#include "table_support.hpp"

namespace pumice {
namespace {

using test::bytes_of;
using test::Folder;
using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

/// A file of version 1.0 with this dictionary.
template <class T>
std::string npy(const std::string& dictionary, const std::vector<T>& values) {
  std::string bytes = "\x93NUMPY";
  bytes += '\1';
  bytes += '\0';
  bytes += static_cast<char>(dictionary.size() + 1);
  bytes += '\0';
  bytes += dictionary + "\n";
  return bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

TEST(NpyTable, HoldsItsNumberColumnsAsAMatrixInCOrder) {
  const Folder folder;
  Table table;
  table.schema.columns = {{"segment_id", ColumnType::kText, ""},
                          {"a", ColumnType::kNumber, ""},
                          {"label", ColumnType::kInteger, ""},
                          {"b", ColumnType::kNumber, ""}};
  table.data.rows = 2;
  table.data.columns = {test::texts({"x", "y"}), test::numbers({1.5, 2.5}), test::integers({7, 8}),
                        test::numbers({-1, test::kNone})};
  test::write_table(folder.path("t.npy"), table);
  const std::string bytes = bytes_of(folder.path("t.npy"));

  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t length = static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
  EXPECT_EQ((10 + length) % 64, 0U);
  EXPECT_THAT(bytes.substr(10, length),
              testing::StartsWith("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }   "));
  EXPECT_EQ(bytes[10 + length - 1], '\n');
  ASSERT_EQ(bytes.size(), 10 + length + 4 * sizeof(double));
  double values[4];
  std::memcpy(values, bytes.data() + 10 + length, sizeof values);
  EXPECT_EQ(values[0], 1.5);
  EXPECT_EQ(values[1], -1);
  EXPECT_EQ(values[2], 2.5);
  EXPECT_TRUE(std::isnan(values[3]));
}

TEST(NpyTable, NamesItsColumnsAndHoldsTheOthersInTheJsonBesideIt) {
  const Folder folder;
  test::write_table(folder.path("t.npy"), test::sample_table());
  const std::string json = bytes_of(folder.path("t.npy.meta.json"));
  EXPECT_THAT(json, HasSubstr("1136037770"));
  EXPECT_THAT(json, HasSubstr("\"index\": 0"));
}

TEST(NpyTable, ReadsMatricesOfOtherProgramsWithNumberedColumns) {
  const Folder folder;
  const Table c_order = read_table(folder.put(
      "c.npy", npy<float>("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", {1, 2, 3, 4, 5, 6})));
  ASSERT_EQ(c_order.schema.columns.size(), 3U);
  EXPECT_EQ(c_order.schema.columns[2].name, "column_2");
  EXPECT_THAT(c_order.data.columns[0].numbers, ElementsAre(1, 4));
  EXPECT_THAT(c_order.data.columns[2].numbers, ElementsAre(3, 6));

  const Table fortran_order = read_table(folder.put(
      "f.npy", npy<std::int16_t>("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", {1, 2, 3, 4, 5, 6})));
  EXPECT_THAT(fortran_order.data.columns[0].numbers, ElementsAre(1, 2));
  EXPECT_THAT(fortran_order.data.columns[2].numbers, ElementsAre(5, 6));

  const Table vector = read_table(
      folder.put("v.npy", npy<double>("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", {1, 2, 3})));
  EXPECT_THAT(vector.data.columns[0].numbers, ElementsAre(1, 2, 3));
}

TEST(NpyTable, RefusesWhatIsNoMatrixOfNumbers) {
  const Folder folder;
  const auto refusal = [&](const std::string& bytes) {
    return message_of<InputError>([&] { (void)read_table(folder.put("t.npy", bytes)); });
  };
  EXPECT_THAT(refusal(npy<double>("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }", {1})),
              HasSubstr("has 3 dimensions, expected 2"));
  EXPECT_THAT(refusal(npy<double>("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", {1})),
              HasSubstr("ends before its 2 x 2 values"));
  EXPECT_THAT(refusal(npy<double>("{'descr': '<U4', 'fortran_order': False, 'shape': (1, 1), }", {1, 2})),
              HasSubstr("values of type <U4"));
  EXPECT_THAT(refusal(npy<double>("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", {1})),
              HasSubstr("holds records"));
  EXPECT_THAT(refusal(npy<double>("{'descr': '<f8', 'fortran_order': False, "
                                  "'shape': (4611686018427387904, 4611686018427387904), }",
                                  {1})),
              HasSubstr("ends before its"));
}

TEST(NpyTable, RefusesTheDescriptionOfAnotherMatrix) {
  const Folder folder;
  test::write_table(folder.path("t.npy"), test::sample_table());
  (void)folder.put("t.npy", npy<double>("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }", {1, 2}));
  EXPECT_THAT(message_of<InputError>([&] { (void)read_table(folder.path("t.npy")); }),
              HasSubstr("they are not of one table"));
}

}  // namespace
}  // namespace pumice
