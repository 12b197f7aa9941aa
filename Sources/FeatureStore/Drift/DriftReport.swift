import Columnar

/// How the values of a service's features differ from those of a baseline.
public struct DriftReport: Sendable, Encodable {
    public var service: String
    public var baseline: String
    public var current: String
    /// Of the current rows' times: from the first on, and before the second.
    public var from: String?
    public var to: String?
    public var made: String
    public var thresholds: DriftThresholds
    /// In the service's order.
    public var features: [FeatureDrift]

    /// Features of which something lies beyond a threshold.
    public var drifted: [FeatureDrift] { features.filter { !$0.findings.isEmpty } }

    private enum CodingKeys: CodingKey {
        case service, baseline, current, from, to, made, thresholds, features, drifted
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(service, forKey: .service)
        try container.encode(baseline, forKey: .baseline)
        try container.encode(current, forKey: .current)
        try container.encodeIfPresent(from, forKey: .from)
        try container.encodeIfPresent(to, forKey: .to)
        try container.encode(made, forKey: .made)
        try container.encode(thresholds, forKey: .thresholds)
        try container.encode(features, forKey: .features)
        try container.encode(drifted.map(\.feature), forKey: .drifted)
    }
}
