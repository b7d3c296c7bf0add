namespace Anonymizer.Tables;

/// <summary>What an attribute is to someone who wants to find a person in the table.</summary>
public enum AttributeRole
{
    /// <summary>Names the person by itself; never released.</summary>
    Identifying,

    /// <summary>Names the person together with others; generalized or suppressed.</summary>
    QuasiIdentifying,

    /// <summary>What must not be learned about a person; released as it is, protected by the models that name it.</summary>
    Sensitive,

    /// <summary>Known to nobody and harmful to nobody; released as it is.</summary>
    Insensitive,
}
