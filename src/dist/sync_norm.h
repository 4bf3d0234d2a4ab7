// SyncBatchNorm over the default group, while there is one.
#pragma once

namespace wick::distributed {

void use_sync_norm(bool on);

}  // namespace wick::distributed
