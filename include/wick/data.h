// Datasets, transforms, samplers, loaders.
#pragma once

#include <wick/data/chunk.h>
#include <wick/data/cifar.h>
#include <wick/data/dataloader.h>
#include <wick/data/datasets.h>
#include <wick/data/digits.h>
#include <wick/data/download.h>
#include <wick/data/idx.h>
#include <wick/data/lmdb.h>
#include <wick/data/samplers.h>
#include <wick/data/split.h>
#include <wick/data/table.h>
#include <wick/data/text_lines.h>
#include <wick/data/time_series.h>
#include <wick/data/transforms.h>

namespace wick {
namespace data {
inline namespace v1 {

/// The bases of data sets by the short names that libtorch's programs use, too.
using datasets::BatchDataset;
using datasets::Dataset;

}  // namespace v1
}  // namespace data
}  // namespace wick
