import Foundation

/// From which difference on a feature has drifted.
public struct DriftThresholds: Hashable, Sendable, Codable {
    /// Population stability index: below 0.1 nothing to speak of, from 0.2 on a shift that matters, as is usual.
    public var populationStability: Double?
    public var kolmogorovSmirnov: Double?
    public var jensenShannon: Double?
    /// By how much the share of rows without a value may change.
    public var missing: Double?
    /// The share of values that the baseline does not have.
    public var newCategories: Double?

    public init(
        populationStability: Double? = 0.2, kolmogorovSmirnov: Double? = nil, jensenShannon: Double? = nil,
        missing: Double? = 0.1, newCategories: Double? = 0.05
    ) {
        self.populationStability = populationStability
        self.kolmogorovSmirnov = kolmogorovSmirnov
        self.jensenShannon = jensenShannon
        self.missing = missing
        self.newCategories = newCategories
    }

    /// What of a comparison lies beyond, in words. What so few values have by chance is no finding, and times are not judged by
    /// how they are distributed: they go on by themselves.
    func findings(of drift: FeatureDrift) -> [String] {
        var findings: [String] = []
        func text(_ number: Double) -> String { String(format: "%.3g", number) }
        func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
        let isTime = drift.type == .timestamp
        if let limit = populationStability, !isTime, let index = drift.populationStability, index >= limit,
            index > drift.populationStabilityByChance ?? 0
        {
            findings.append("PSI \(text(index))")
        }
        if let limit = kolmogorovSmirnov, !isTime, let statistic = drift.kolmogorovSmirnov, statistic >= limit,
            statistic
                > DriftMeasures.smirnovByChance(
                    drift.baseline.rows - drift.baseline.missing, drift.current.rows - drift.current.missing)
        {
            findings.append("KS \(text(statistic))")
        }
        if let limit = jensenShannon, !isTime, let distance = drift.jensenShannon, distance >= limit {
            findings.append("JS \(text(distance))")
        }
        let change = abs(drift.current.missingShare - drift.baseline.missingShare)
        if let limit = missing, drift.obstacle == nil, change > 0, change >= limit,
            change
                > DriftMeasures.shareByChance(
                    drift.baseline.missing, drift.baseline.rows, drift.current.missing, drift.current.rows)
        {
            findings.append(
                "missing \(percent(drift.baseline.missingShare)) → \(percent(drift.current.missingShare))")
        }
        if let limit = newCategories, let new = drift.newCategories, new.count > 0, new.share >= limit {
            findings.append("\(new.count) new values in \(percent(new.share))")
        }
        return findings
    }
}
