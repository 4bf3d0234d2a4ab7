// Printing of containers, as libtorch brings it into every program.
#pragma once

#include <c10/util/Exception.h>

#include <map>
#include <ostream>
#include <set>
#include <utility>
#include <vector>

namespace std {
template <class A, class B>
ostream& operator<<(ostream& out, const pair<A, B>& p);
template <class... T>
ostream& operator<<(ostream& out, const vector<T...>& items);
template <class... T>
ostream& operator<<(ostream& out, const set<T...>& items);
template <class... T>
ostream& operator<<(ostream& out, const map<T...>& items);
}  // namespace std

namespace c10 {
/// Prints up to 100 items with spaces between them.
template <class It>
void PrintSequence(std::ostream& out, It begin, It end) {
  int n = 0;
  for (; begin != end && n < 100; ++begin, ++n) {
    if (n > 0) out << ' ';
    out << *begin;
  }
  if (begin != end) out << " ...";
}
}  // namespace c10

namespace std {
template <class A, class B>
ostream& operator<<(ostream& out, const pair<A, B>& p) { return out << '(' << p.first << ", " << p.second << ')'; }
template <class... T>
ostream& operator<<(ostream& out, const vector<T...>& items) { ::c10::PrintSequence(out, items.begin(), items.end()); return out; }
template <class... T>
ostream& operator<<(ostream& out, const set<T...>& items) { ::c10::PrintSequence(out, items.begin(), items.end()); return out; }
template <class... T>
ostream& operator<<(ostream& out, const map<T...>& items) { ::c10::PrintSequence(out, items.begin(), items.end()); return out; }
}  // namespace std
