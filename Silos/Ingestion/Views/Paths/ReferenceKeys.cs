namespace Silos.Ingestion.Views.Paths;

/// <summary>The key of what a reference points to: equal to <c>getResourceKey()</c> of that resource.</summary>
internal static class ReferenceKeys
{
    /// <summary><c>Type/id</c> of a relative or absolute reference, without its version; a <c>urn:</c> as it is, if no type is asked.
    /// Null for another type than asked, for a contained resource, and for what is no reference.</summary>
    /// <param name="urns">What the <c>urn:</c>s of the Bundle at hand mean; null outside one.</param>
    public static string? Of(string reference, string? type, IReadOnlyDictionary<string, string>? urns = null)
    {
        reference = urns?.GetValueOrDefault(reference) ?? reference;
        if (reference.StartsWith("urn:", StringComparison.Ordinal))
        {
            return type is null ? reference : null;
        }

        var parts = reference.Split('/');
        var end = parts.Length >= 4 && parts[^2] == "_history" ? parts.Length - 2 : parts.Length;
        if (reference.StartsWith('#') || end < 2 || parts[end - 1].Length == 0 || parts[end - 2].Length == 0 || !char.IsAsciiLetterUpper(parts[end - 2][0]))
        {
            return null;
        }

        return type is null || parts[end - 2] == type ? $"{parts[end - 2]}/{parts[end - 1]}" : null;
    }
}
