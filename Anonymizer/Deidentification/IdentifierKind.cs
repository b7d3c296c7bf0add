namespace Anonymizer.Deidentification;

/// <summary>The identifiers of HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i), in its order (A) to (R).</summary>
public enum IdentifierKind
{
    Name,
    Area,
    Date,
    Telephone,
    Fax,
    Email,
    SocialSecurityNumber,
    MedicalRecordNumber,
    HealthPlanNumber,
    AccountNumber,
    LicenceNumber,
    Vehicle,
    Device,
    Url,
    IpAddress,
    Biometric,
    FacePhoto,

    /// <summary>Any other unique number or code; the national numbers of FEATURES.md among them.</summary>
    OtherNumber,
}
