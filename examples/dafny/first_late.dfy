// The first train that is late, or the number of trains if all are on time.

method FirstLate(delays: seq<int>, limit: int) returns (train: int)
  ensures 0 <= train <= |delays|
  ensures forall k :: 0 <= k < train ==> delays[k] <= limit
  ensures train < |delays| ==> delays[train] > limit
{
  train := 0;
  while train < |delays| && delays[train] <= limit {
    train := train + 1;
  }
}
