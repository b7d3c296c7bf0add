// Each story starts a whole stack: on two cores, one at a time.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
