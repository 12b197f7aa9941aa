import Columnar

/// The columns of a service's logged rows, as of one version of its definitions.
///
/// `request_id`, `time` (at which the row was read: ages were judged then), `logged_at` (the clock's time then),
/// `definitions`, `encoder_state` (0 where no encoded vector was served), the join keys, `statuses` (a letter a feature,
/// `FeatureStatus.letter`), then each feature as `view__feature`, then each view's `view__event_timestamp`.
package struct LogLayout: Hashable, Sendable {
    package let joinKeys: [JoinKey]
    /// Of each feature, in the service's order.
    package let featureNames: [String]
    package let featureTypes: [FeatureType]
    package let viewNames: [String]
    package let fields: [Field]

    static let keysFrom = 5

    package init(of service: ResolvedService, joinKeys: [JoinKey]) {
        self.joinKeys = joinKeys
        featureNames = service.features.map { "\($0.view.name)__\($0.feature.name)" }
        featureTypes = service.features.map(\.feature.type)
        viewNames = service.views.map(\.name).filter { view in service.features.contains { $0.view.name == view } }
        fields =
            [
                Field("request_id", .string), Field("time", .instant), Field("logged_at", .instant),
                Field("definitions", .int64), Field("encoder_state", .int64),
            ] + joinKeys.map { Field($0.name, $0.type.dataType) } + [Field("statuses", .string)]
            + zip(featureNames, featureTypes).map { Field($0, $1.dataType) }
            + viewNames.map { Field("\($0)__event_timestamp", .instant) }
    }

    /// Where the statuses are among the fields.
    package var statusesAt: Int { Self.keysFrom + joinKeys.count }
    /// Where the first feature is.
    package var featuresFrom: Int { statusesAt + 1 }
    package var eventTimesFrom: Int { featuresFrom + featureNames.count }
}

extension FeatureStatus {
    /// As the log's `statuses` spell it.
    package var letter: UInt8 {
        switch self {
        case .present: UInt8(ascii: "P")
        case .nullValue: UInt8(ascii: "N")
        case .notFound: UInt8(ascii: "F")
        case .outsideMaxAge: UInt8(ascii: "O")
        }
    }

    package init?(letter: UInt8) {
        guard let status = Self.allCases.first(where: { $0.letter == letter }) else { return nil }
        self = status
    }
}
