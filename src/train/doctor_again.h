// Whether two runs of the same settings are the same; see doctor_findings.cpp for the other diagnoses.
#pragma once

#include <optional>

#include <wick/train/doctor.h>

namespace wick::train::inline v1 {

std::optional<Finding> nondeterminism(const Signals& signals);

}  // namespace wick::train::inline v1
