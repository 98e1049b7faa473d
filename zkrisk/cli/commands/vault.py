"""`zkrisk vault show|deposit|repay`: what never needs a proof."""
