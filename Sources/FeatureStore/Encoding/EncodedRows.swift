import Columnar

/// Encodes rows as the places and values of what is not 0, for vectors of which little is.
struct EncodedRows {
    private let encoder: VectorEncoder

    init(_ state: EncoderState) { encoder = VectorEncoder(state) }

    /// Two columns of lists: `indices`, ascending, and `values`.
    func sparse(_ columns: [Column], rows: Int) -> Table {
        let (indices, values, offsets) = (MutableBuffer(), MutableBuffer(), MutableBuffer())
        offsets.append(Int64(0))
        let cells = zip(columns, encoder.features).map { ColumnCells($0, $1.type) }
        var sink = SparseSink()
        withExtendedLifetime(columns) {
            for row in 0..<rows {
                sink.indices.removeAll(keepingCapacity: true)
                sink.values.removeAll(keepingCapacity: true)
                encoder.encodeSparse(cells, row: row, into: &sink)
                sink.indices.withUnsafeBytes { indices.append(contentsOf: $0) }
                sink.values.withUnsafeBytes { values.append(contentsOf: $0) }
                offsets.append(Int64(indices.count / 4))
            }
        }
        let count = indices.count / 4
        let places = offsets.freeze()
        let lists = [
            Column(.int32, count: count, values: indices.freeze()),
            Column(.float32, count: count, values: values.freeze()),
        ].map { Column(listOf: $0, count: rows, offsets: places) }
        return Table(
            fields: zip(["indices", "values"], lists).map { Field($0, $1.type, isNullable: false) }, columns: lists,
            rowCount: rows)
    }
}
