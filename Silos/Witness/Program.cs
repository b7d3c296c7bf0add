await Silos.Witness.WitnessHost.Build(args).RunAsync();
