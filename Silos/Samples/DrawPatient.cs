using System.Globalization;
using Silos.Ingestion.Hierarchies;

namespace Silos.Samples;

/// <summary>Draws one patient. Plausible, not epidemiology: age by a Brazilian pyramid; a latent body mass moves diabetes and
/// hypertension; HbA1c and blood pressure follow the conditions; dengue and Chagas depend on the region; rare diseases leave
/// outliers for the privacy models to hide.</summary>
internal static class DrawPatient
{
    private static readonly double[] FiveYearBands =
        [6.1, 6.4, 6.6, 6.8, 7.4, 7.7, 7.8, 8.1, 7.8, 7.1, 6.6, 6.1, 5.3, 4.3, 3.2, 2.1, 1.3, 0.8, 0.3];

    private static readonly string[] Women = ["Ana", "Maria", "Adriana", "Juliana", "Camila", "Letícia", "Helena", "Beatriz", "Conceição", "Aparecida", "Rita", "Luciana"];
    private static readonly string[] Men = ["José", "João", "Antônio", "Carlos", "Paulo", "Pedro", "Marcos", "Rafael", "Raimundo", "Tiago", "Sebastião", "Geraldo"];
    private static readonly string[] Families = ["Silva", "Santos", "Oliveira", "Souza", "Ferreira", "Alves", "Pereira", "Gomes", "Ribeiro", "Carvalho", "Resende", "Vilela", "Drummond", "Junqueira"];

    /// <summary>Patient number <paramref name="index"/> of a sample: the same whatever the sample's size.</summary>
    public static SamplePatient Number(int index, SampleOptions options)
    {
        var random = new SampleRandom(options.Seed, (ulong)index);
        var female = random.Chance(0.512);
        var home = Municipalities.All[Weighted(random.Unit(), Municipalities.All.Select(m => (double)m.Thousands))];
        var days = (int)((Weighted(random.Unit(), FiveYearBands) + random.Unit()) * 5 * 365.25);
        var born = options.ReferenceDate.AddDays(-days);
        var age = days / 365.25;
        var mass = age < 15 ? 16 + (0.55 * age) + random.Normal(0, 2) : 23.8 + (0.06 * Math.Min(age, 62)) + random.Normal(0, 4.4);
        var codes = Diseases(random, age, female, mass, home);
        var died = random.Chance(Logistic(-9.6 + (0.083 * age) + (0.3 * codes.Count))) ? options.ReferenceDate.AddDays(-random.Below(Math.Min(days + 1, 900))) : (DateOnly?)null;
        var last = died ?? options.ReferenceDate;
        var span = Math.Clamp(last.DayNumber - born.DayNumber, 1, 1826);
        return new SamplePatient(
            options.IdPrefix + index.ToString("D6", CultureInfo.InvariantCulture), index, female, born, died, home,
            random.Of(female ? Women : Men), $"{random.Of(Families)} {SampleMarkers.FamilyName}", WrongCpf(random),
            [.. codes.Select(code => new SampleCondition(code, Names[code], last.AddDays(-random.Below(span)), code == "A90" || random.Chance(0.05)))],
            Visits(random, age, mass, codes, last, span));
    }

    private static List<string> Diseases(SampleRandom random, double age, bool female, double mass, Municipality home)
    {
        var codes = new List<string>();
        void Maybe(string code, double probability)
        {
            if (random.Chance(probability))
            {
                codes.Add(code);
            }
        }

        var adult = age >= 18;
        var dry = home.Mesoregion is "3101" or "3102" or "3103";
        Maybe("E11.9", adult ? Logistic(-5.3 + (0.056 * age) + (0.115 * (mass - 26))) : 0);
        Maybe("I10", adult ? Logistic(-5.1 + (0.073 * age) + (0.085 * (mass - 26)) + (codes.Count * 0.5)) : 0);
        Maybe("E78.5", adult ? Logistic(-4.6 + (0.045 * age) + (codes.Count * 0.3)) : 0);
        Maybe("E66.9", mass >= 30 ? 0.6 : 0);
        Maybe("J45.9", adult ? 0.045 : 0.09);
        Maybe("F32.9", age >= 14 ? (female ? 0.09 : 0.045) : 0);
        Maybe("I25.9", adult ? Logistic(-8.4 + (0.085 * age) + (codes.Count * 0.4)) : 0);
        Maybe("N18.9", adult ? Logistic(-8.2 + (0.062 * age) + (codes.Count * 0.5)) : 0);
        Maybe("J44.9", age > 35 ? Logistic(-7.6 + (0.06 * age)) : 0);
        Maybe("C50.9", female && age > 30 ? 0.00045 * (age - 28) : 0);
        Maybe("C61", !female && age > 50 ? 0.0009 * (age - 48) : 0);
        Maybe("A90", home.Mesoregion is "3107" or "3105" or "3102" ? 0.075 : 0.04);
        Maybe("B57.2", age > 40 ? (dry ? 0.05 : 0.004) : 0);
        Maybe("B24", adult ? 0.005 : 0);
        Maybe("D57.1", 0.0007);
        Maybe("G35", adult ? 0.0003 : 0);
        Maybe("E84.9", 0.0002);
        return codes;
    }

    private static List<SampleVisit> Visits(SampleRandom random, double age, double mass, List<string> codes, DateOnly last, int span)
    {
        var diabetic = codes.Contains("E11.9");
        var usualA1c = diabetic ? Math.Clamp(random.Normal(7.9, 1.6), 5.2, 16) : Math.Max(3.9, random.Normal(5.3 + (0.006 * (age - 40)) + (0.018 * (mass - 26)), 0.3));
        var usualSystolic = age < 10 ? random.Normal(92 + age, 8) : random.Normal(104 + (0.33 * Math.Max(0, age - 20)) + (0.45 * (mass - 26)) + (codes.Contains("I10") ? 11 : 0), 11);
        var count = Math.Min(40, (int)random.Exponential(1.1 + (0.9 * codes.Count) + (age > 65 || age < 2 ? 1.2 : 0)) + (codes.Count > 0 ? 1 : 0));
        var dates = Enumerable.Range(0, count).Select(_ => last.AddDays(-random.Below(span))).Order().ToList();
        var visits = new List<SampleVisit>(count);
        foreach (var date in dates)
        {
            var kind = random.Unit();
            var systolic = (int)Math.Round(Math.Clamp(usualSystolic + random.Normal(0, 6), 70, 250));
            var diastolic = (int)Math.Round(Math.Clamp((0.42 * systolic) + 23 + random.Normal(0, 6), 35, systolic - 5));
            var a1c = age >= 18 && random.Chance(diabetic ? 0.75 : 0.3) ? Math.Round((decimal)(usualA1c + random.Normal(0, 0.25)), 1) : (decimal?)null;
            visits.Add(new SampleVisit(date, kind < 0.80 ? "AMB" : kind < 0.93 ? "EMER" : "IMP", systolic, diastolic, a1c));
        }

        return visits;
    }

    /// <summary>Eleven digits whose first check digit is wrong: no living person's number can come out.</summary>
    private static string WrongCpf(SampleRandom random)
    {
        var digits = Enumerable.Range(0, 9).Select(_ => random.Below(10)).ToArray();
        var check = digits.Select((digit, place) => digit * (10 - place)).Sum() * 10 % 11 % 10;
        return string.Concat(digits) + ((check + 1) % 10) + random.Below(10);
    }

    private static int Weighted(double unit, IEnumerable<double> weights)
    {
        var list = weights as IList<double> ?? [.. weights];
        var left = unit * list.Sum();
        for (var i = 0; i < list.Count - 1; i++)
        {
            left -= list[i];
            if (left < 0)
            {
                return i;
            }
        }

        return list.Count - 1;
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["E11.9"] = "Diabetes mellitus tipo 2", ["I10"] = "Hipertensão essencial", ["E78.5"] = "Hiperlipidemia",
        ["E66.9"] = "Obesidade", ["J45.9"] = "Asma", ["F32.9"] = "Episódio depressivo", ["I25.9"] = "Doença isquêmica do coração",
        ["N18.9"] = "Doença renal crônica", ["J44.9"] = "Doença pulmonar obstrutiva crônica", ["C50.9"] = "Neoplasia da mama",
        ["C61"] = "Neoplasia da próstata", ["A90"] = "Dengue", ["B57.2"] = "Doença de Chagas crônica", ["B24"] = "Doença pelo HIV",
        ["D57.1"] = "Anemia falciforme", ["G35"] = "Esclerose múltipla", ["E84.9"] = "Fibrose cística",
    };
}
