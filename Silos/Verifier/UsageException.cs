namespace Silos.Verifier;

/// <summary>The input cannot be checked at all (exit code 2): a file that is not there, or is none of what the command takes.</summary>
internal sealed class UsageException(string message) : Exception(message);
