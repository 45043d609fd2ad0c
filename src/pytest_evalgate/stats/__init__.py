"""Statistical methods: arrays and counts in, frozen results out. No files, no clock."""
