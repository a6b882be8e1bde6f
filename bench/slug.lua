-- The slug that task B of scripts/bench backfill computes for each row, in the floors and in curlew alike.
return function(title)
  return (title:lower():gsub("[^%w]+", "-"))
end
