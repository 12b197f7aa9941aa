import Columnar

/// How examples become a model's numbers: by a service's fitted encoders, the same that serve.
struct ExampleEncoding: Sendable {
    let state: EncoderState
    private let encoder: VectorEncoder

    init(_ state: EncoderState) {
        self.state = state
        encoder = VectorEncoder(state)
    }

    var width: Int { encoder.width }

    /// Writes the vector of each example, row by row. A feature that a row was read without is missing in it.
    func encode(_ examples: Table, into target: UnsafeMutableBufferPointer<Float>) {
        let columns = zip(state.references, encoder.features).map { reference, feature in
            let found = examples.column("\(reference.view)__\(reference.feature ?? "")")
            return found.flatMap { $0.type == feature.type.dataType ? $0 : nil }
                ?? .nulls(feature.type.dataType, count: examples.rowCount)
        }
        encoder.encode(columns, rows: examples.rowCount, layout: .rows, into: target)
    }
}
