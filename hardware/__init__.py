"""Whatever is physical: readers, chips, cameras, wires, disks, the clock, chance."""
