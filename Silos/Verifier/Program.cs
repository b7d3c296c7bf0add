return await Silos.Verifier.VerifyProgram.RunAsync(args, Console.Out, Console.Error);
