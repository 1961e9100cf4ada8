// How many stones a staircase needs: a function says it, a loop computes it.

function Stones(steps: nat): nat {
  if steps == 0 then 0 else Stones(steps - 1) + steps
}

method Build(steps: nat) returns (stones: nat)
  ensures stones == Stones(steps)
{
  stones := 0;
  var built := 0;
  while built < steps {
    built := built + 1;
    stones := stones + built;
  }
}
