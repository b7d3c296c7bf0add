namespace Silos.Ingestion.Hierarchies;

/// <summary>What chapters, blocks and well-known categories of ICD-10 are about, in plain words of our own, so that people find codes by
/// text. They are no titles: those are WHO's. A range without words is found by its code.</summary>
internal static class Icd10Words
{
    private const string Text =
        """
        A00-B99 infections
        A00-A09 infections of the gut, diarrhoea
        A15-A19 tuberculosis
        A20-A28 infections from animals
        A30-A49 other bacterial infections, leprosy, tetanus, sepsis
        A50-A64 sexually transmitted infections, syphilis
        A80-A89 viral infections of the nervous system, rabies
        A90-A99 dengue, yellow fever and other fevers from mosquitoes and ticks
        A90 dengue
        A91 severe dengue
        A92 chikungunya, Zika and others from mosquitoes
        A95 yellow fever
        B00-B09 viruses of the skin, herpes, measles, chickenpox
        B15-B19 viral hepatitis
        B20-B24 HIV
        B35-B49 fungal infections
        B50-B64 malaria, Chagas disease, leishmaniasis and other parasites of blood and tissue
        B50 malaria
        B55 leishmaniasis
        B57 Chagas disease
        B65-B83 worms, schistosomiasis
        C00-D48 tumours, cancer
        C00-C14 cancer of mouth and throat
        C15-C26 cancer of the digestive organs, stomach, bowel, liver, pancreas
        C18 cancer of the colon
        C30-C39 cancer of lung and airways
        C34 cancer of the lung
        C40-C41 cancer of the bone
        C43-C44 cancer of the skin, melanoma
        C50-C50 cancer of the breast
        C51-C58 cancer of the womb, cervix and ovary
        C53 cancer of the cervix
        C60-C63 cancer of the prostate, testicle and penis
        C61 cancer of the prostate
        C64-C68 cancer of kidney and bladder
        C69-C72 cancer of eye and brain
        C73-C75 cancer of the thyroid and other glands
        C81-C96 leukaemia, lymphoma, myeloma
        D10-D36 benign tumours
        D50-D89 blood and immune system
        D50-D53 anaemia from lack of iron or vitamins
        D55-D59 anaemia from broken red cells, sickle cell
        D65-D69 clotting and bleeding
        D80-D89 weak immune system
        E00-E90 hormones, nutrition and metabolism
        E00-E07 thyroid
        E10-E14 diabetes
        E10 diabetes type 1
        E11 diabetes type 2
        E20-E35 other glands
        E40-E46 malnutrition
        E50-E64 lack of vitamins and minerals
        E65-E68 obesity
        E66 obesity
        E70-E90 metabolism, cholesterol, cystic fibrosis
        E78 cholesterol and fats in the blood
        F00-F99 mental health
        F00-F09 dementia
        F10-F19 alcohol, tobacco and drugs
        F20-F29 schizophrenia and psychosis
        F30-F39 depression and bipolar disorder
        F40-F48 anxiety, stress and compulsion
        F50-F59 eating and sleep
        F70-F79 learning disability
        F80-F89 development of speech and learning, autism
        F90-F98 behaviour that begins in childhood, attention deficit
        G00-G99 nerves and brain
        G00-G09 meningitis and encephalitis
        G20-G26 Parkinson and disorders of movement
        G30-G32 Alzheimer
        G35-G37 multiple sclerosis
        G40-G47 epilepsy, migraine, sleep
        G80-G83 cerebral palsy and paralysis
        H00-H59 eye
        H25-H28 cataract
        H30-H36 retina
        H40-H42 glaucoma
        H60-H95 ear and hearing
        I00-I99 heart and blood vessels
        I00-I02 rheumatic fever
        I05-I09 rheumatic heart disease
        I10-I15 high blood pressure, hypertension
        I10 high blood pressure without a known cause, hypertension
        I20-I25 angina, heart attack, coronary disease
        I21 heart attack
        I26-I28 embolism of the lung
        I30-I52 other diseases of the heart, valves, rhythm, heart failure
        I48 atrial fibrillation
        I50 heart failure
        I60-I69 stroke and vessels of the brain
        I70-I79 arteries, aneurysm
        I80-I89 veins, thrombosis, varicose veins
        J00-J99 lungs and airways
        J00-J06 colds, sore throat
        J09-J18 influenza and pneumonia
        J40-J47 asthma, COPD, chronic bronchitis
        J44 COPD
        J45 asthma
        K00-K93 digestion
        K00-K14 teeth and mouth
        K20-K31 gullet and stomach, ulcer, reflux
        K35-K38 appendix
        K40-K46 hernia
        K50-K52 Crohn disease and colitis
        K70-K77 liver
        K80-K87 gall bladder and pancreas
        L00-L99 skin
        L20-L30 eczema and dermatitis
        L40-L45 psoriasis
        M00-M99 joints, muscles and bones
        M05-M14 rheumatoid arthritis and gout
        M15-M19 arthrosis
        M30-M36 lupus and connective tissue
        M50-M54 back pain
        M80-M85 osteoporosis
        N00-N99 kidneys, urine and genitals
        N00-N08 inflammation of the kidney
        N17-N19 kidney failure, chronic kidney disease
        N18 chronic kidney disease
        N20-N23 kidney stones
        N40-N51 prostate and male organs
        N70-N77 inflammation of female organs
        N80-N98 endometriosis and other female disorders
        O00-O99 pregnancy and birth
        O10-O16 high blood pressure in pregnancy, pre-eclampsia
        O24 diabetes in pregnancy
        O80-O84 birth
        P00-P96 newborn
        P05-P08 born early or small
        Q00-Q99 malformations, chromosomes
        Q20-Q28 malformations of the heart
        Q90-Q99 chromosomes, Down syndrome
        R00-R99 symptoms and findings
        S00-T98 injury and poisoning
        S00-S09 injury of the head
        S70-S79 injury of hip and thigh
        T20-T25 burns
        T36-T50 poisoning by medicines
        U00-U99 codes for new uses, COVID-19, resistance
        U07 COVID-19
        V01-Y98 causes from outside
        V01-V09 pedestrians in traffic
        W00-W19 falls
        X60-X84 harm to oneself
        X85-Y09 assault
        Z00-Z99 reasons for contact without a disease
        """;

    /// <summary>By code or range.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } =
        Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim().Split(' ', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
}
