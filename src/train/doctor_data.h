// The diagnoses of the data; see doctor_findings.cpp for the others.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wick/train/doctor.h>

namespace wick::train::inline v1 {

// Of a kind of fault, which is the diagnosis's id.
std::optional<Finding> fault_of_data(const Signals& signals, const std::string& id);
// As a list in JSON.
std::string findings_json(const std::vector<Finding>& findings);

}  // namespace wick::train::inline v1
