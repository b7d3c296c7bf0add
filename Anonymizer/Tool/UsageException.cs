namespace Anonymizer.Tool;

/// <summary>What the caller gave cannot be used: exit 2, and the message, one line, on standard error.</summary>
internal sealed class UsageException(string message) : Exception(message);
