// Found here for programs that include it by this name.
#pragma once

#include <torchvision/models/models.h>
