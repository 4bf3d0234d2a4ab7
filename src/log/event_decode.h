// The contents of events, from their messages. Errors: bytes that are no such message.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wick/log/event_reader.h>

namespace wick::logging {

std::string read_place(const std::string& path, uint64_t at, uint32_t size);
ImageData decode_image(const std::string& message, size_t number);
AudioData decode_audio(const std::string& message, size_t number);
HistogramData decode_histogram(const std::string& message);
std::vector<std::string> decode_texts(const std::string& message);
Tensor decode_tensor(const std::string& message);
std::vector<GraphNode> decode_graph(const std::string& message);

}  // namespace wick::logging
