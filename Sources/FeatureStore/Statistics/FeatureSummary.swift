import Columnar

/// What is known of a feature's values without looking at them: collected as they are stored, merged when asked for.
struct FeatureSummary: Hashable, Sendable {
    /// Rows, those with nulls among them.
    var rows: Int64 = 0
    var nulls: Int64 = 0
    var values: Values

    enum Values: Hashable, Sendable {
        case booleans(trues: Int64)
        case numbers(NumberSummary)
        case texts(TextSummary)
        case times(TimeSummary)
        case vectors(VectorSummary)
    }

    /// Of no rows.
    init(of type: FeatureType) {
        values =
            switch type {
            case .bool: .booleans(trues: 0)
            case .int32, .int64: .numbers(NumberSummary(kind: .integer))
            case .float32: .numbers(NumberSummary(kind: .single))
            case .float64: .numbers(NumberSummary(kind: .double))
            case .string, .bytes: .texts(TextSummary())
            case .timestamp: .times(TimeSummary())
            case .vector(let count): .vectors(VectorSummary(dimensions: count))
            }
    }

    /// Of rows that have no value.
    static func nulls(_ rows: Int64, of type: FeatureType) -> FeatureSummary {
        var summary = FeatureSummary(of: type)
        (summary.rows, summary.nulls) = (rows, rows)
        return summary
    }

    /// Whether it can be a summary of values of `type`: one that was read may be of anything.
    func fits(_ type: FeatureType) -> Bool {
        switch (values, FeatureSummary(of: type).values) {
        case (.booleans, .booleans), (.texts, .texts), (.times, .times): true
        case (.numbers(let found), .numbers(let wanted)): found.kind == wanted.kind
        case (.vectors(let found), .vectors(let wanted)):
            found.norms.kind == wanted.norms.kind && found.dimensions.count == wanted.dimensions.count
        default: false
        }
    }

    init(rows: Int64, nulls: Int64, values: Values) {
        self.rows = rows
        self.nulls = nulls
        self.values = values
    }
}

extension FeatureSummary: Sketch {
    /// - Precondition: both are of one type.
    mutating func merge(_ other: FeatureSummary) {
        rows += other.rows
        nulls += other.nulls
        switch (values, other.values) {
        case (.booleans(let a), .booleans(let b)): values = .booleans(trues: a + b)
        case (.numbers(var summary), .numbers(let more)):
            summary.merge(more)
            values = .numbers(summary)
        case (.texts(var summary), .texts(let more)):
            summary.merge(more)
            values = .texts(summary)
        case (.times(var summary), .times(let more)):
            summary.merge(more)
            values = .times(summary)
        case (.vectors(var summary), .vectors(let more)):
            summary.merge(more)
            values = .vectors(summary)
        default: preconditionFailure("summaries of two types cannot be merged")
        }
    }

    func write(to writer: inout SketchWriter) {
        writer.write(byte: Self.version)
        writer.write(UInt64(rows))
        writer.write(UInt64(nulls))
        switch values {
        case .booleans(let trues):
            writer.write(byte: 0)
            writer.write(UInt64(trues))
        case .numbers(let summary):
            writer.write(byte: 1)
            summary.write(to: &writer)
        case .texts(let summary):
            writer.write(byte: 2)
            summary.write(to: &writer)
        case .times(let summary):
            writer.write(byte: 3)
            summary.write(to: &writer)
        case .vectors(let summary):
            writer.write(byte: 4)
            summary.write(to: &writer)
        }
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        try reader.readVersion(Self.version, of: "summary")
        rows = try reader.readCount()
        nulls = try reader.readCount(atMost: rows)
        switch try reader.readByte() {
        case 0: values = .booleans(trues: try reader.readCount(atMost: rows - nulls))
        case 1: values = .numbers(try NumberSummary(reading: &reader))
        case 2: values = .texts(try TextSummary(reading: &reader))
        case 3: values = .times(try TimeSummary(reading: &reader))
        case 4: values = .vectors(try VectorSummary(reading: &reader))
        default: throw SketchError("it is of a kind that this version does not know")
        }
    }

    private static let version: UInt8 = 1
}
