namespace Silos.Ingestion.Views.Paths;

/// <summary>The resource types a view may be of: those of R4 (4.0.1), then those that R5 added, since exports mix them.</summary>
internal static class ResourceTypes
{
    private static readonly HashSet<string> Known = new(
        """
        Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary BiologicallyDerivedProduct
        BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Claim ClaimResponse ClinicalImpression
        CodeSystem Communication CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage
        CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement
        DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest EnrollmentResponse
        EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition
        Group GuidanceResponse HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide
        InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media Medication MedicationAdministration MedicationDispense
        MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
        MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged
        MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder
        Observation ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation Parameters Patient PaymentNotice
        PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse
        RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis
        Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription Substance
        SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification
        SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription
        ActorDefinition AdministrableProductDefinition ArtifactAssessment BiologicallyDerivedProductDispense Citation ClinicalUseDefinition
        ConditionDefinition DeviceAssociation DeviceDispense DeviceUsage EncounterHistory EvidenceReport FormularyItem GenomicStudy ImagingSelection
        Ingredient InventoryItem InventoryReport ManufacturedItemDefinition MedicinalProductDefinition NutritionIntake NutritionProduct
        PackagedProductDefinition Permission RegulatedAuthorization RequestOrchestration Requirements SubscriptionStatus SubscriptionTopic
        SubstanceDefinition TestPlan Transport ViewDefinition
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    /// <summary>Whether FHIR names such a resource; letter case counts.</summary>
    public static bool IsKnown(string name) => Known.Contains(name);

    /// <summary>A known type that differs in letter case or in one or two letters, for the message; null where there is none.</summary>
    public static string? Near(string name) => Known.FirstOrDefault(known =>
        string.Equals(known, name, StringComparison.OrdinalIgnoreCase) || (Math.Abs(known.Length - name.Length) <= 1 && Shared(known, name) >= Math.Max(known.Length, name.Length) - 2));

    /// <summary>Letters that agree from the front, and from the back in what is left.</summary>
    private static int Shared(string a, string b)
    {
        var front = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        var back = a.Skip(front).Reverse().Zip(b.Skip(front).Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        return front + back;
    }
}
