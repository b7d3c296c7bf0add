namespace Research.Api.Silos;

/// <summary>A silo did not answer. The message names its hospital and nothing of the request.</summary>
internal sealed class SiloUnreachableException(string name, Exception? inner = null)
    : Exception($"The silo of {name} does not answer; try again later.", inner);
