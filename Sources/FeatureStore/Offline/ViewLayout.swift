import Columnar

/// The columns of a view's history, in the order in which segments hold them.
///
/// Keys, `event_timestamp` (unless the source is timeless), `created_timestamp` and `valid_to_timestamp` (each if the
/// source declares it), what is stored of the features.
struct ViewLayout: Hashable, Sendable {
    static let eventColumn = "event_timestamp"
    static let createdColumn = "created_timestamp"
    static let endColumn = "valid_to_timestamp"

    let view: FeatureView
    let keys: [JoinKey]
    let isTimeless: Bool
    let hasCreated: Bool
    /// Whether rows say when they ended; those of a slowly changing source do.
    let hasEnd: Bool

    /// - Precondition: `view` and what it names are in `definitions` (definitions are checked before they are applied).
    init(of view: FeatureView, in definitions: Definitions) {
        self.view = view
        keys = definitions.joinKeys(of: view)
        let source = definitions.source(named: view.source)
        isTimeless = source?.timestamp == nil
        hasCreated = source?.created != nil
        hasEnd = source?.validTo != nil
    }

    /// What is stored of a row beside its key and times: the view's features, or an event's columns.
    var features: [Feature] { view.storedFeatures }

    var fields: [Field] {
        var fields = keys.map { Field($0.name, $0.type.dataType, isNullable: false) }
        if !isTimeless { fields.append(Field(Self.eventColumn, .instant, isNullable: false)) }
        if hasCreated { fields.append(Field(Self.createdColumn, .instant, isNullable: false)) }
        if hasEnd { fields.append(Field(Self.endColumn, .instant)) }
        return fields + features.map { Field($0.name, $0.type.dataType) }
    }

    /// What a training set calls the event times of the rows that were chosen.
    var eventOutputName: String { "\(view.name)__\(Self.eventColumn)" }

    var keyIndices: Range<Int> { keys.indices }
    var eventIndex: Int? { isTimeless ? nil : keys.count }
    var createdIndex: Int? { hasCreated ? keys.count + (isTimeless ? 0 : 1) : nil }
    /// Null where a row has not ended.
    var endIndex: Int? { hasEnd ? requiredIndices.upperBound : nil }
    /// Columns that every row must have: keys and times.
    var requiredIndices: Range<Int> { 0..<keys.count + (isTimeless ? 0 : 1) + (hasCreated ? 1 : 0) }
    var featureIndices: Range<Int> {
        let first = requiredIndices.upperBound + (hasEnd ? 1 : 0)
        return first..<first + features.count
    }
}
