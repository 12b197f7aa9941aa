import Columnar
import Foundation

extension FeatureStore {
    /// Slots beyond which a table has no column for each.
    static let maximumSlotColumns = 4096

    /// Encodes the rows of a training set: the columns that are no features, then the slots.
    ///
    /// Rows that the state was fitted on are known again, and get target encodings that were learned from other rows than
    /// themselves, unless `areNew`: all rows, those that the fit chose of them, or of a set that is split, those to train with.
    ///
    /// - Throws: `DataError` if a feature's column is missing; `EncodingError` if a name stands for two columns.
    public func encode(
        _ table: Table, with state: EncoderState, origin: String, layout: EncodedLayout = .columns,
        trainRows: Int? = nil, areNew: Bool = false
    ) throws -> Table {
        let resolved = try ResolvedService(references: state.references, in: try definitions(), fullNames: true)
        let places = try resolved.features.map { feature in
            try Self.column(
                of: feature, in: { names in names.lazy.compactMap { table.index(of: $0) }.first }, origin: origin)
        }
        let columns = try zip(resolved.features, places).map { feature, place in
            guard let converted = table.columns[place].converted(to: feature.feature.type.dataType),
                converted.unfitRows.isEmpty
            else {
                throw DataError(
                    "values of type \(table.columns[place].type) do not fit the feature's type \(feature.feature.type)",
                    file: origin, column: table.fields[place].name)
            }
            return converted.column
        }
        let others = table.fields.indices.filter { !places.contains($0) }
        let kept = Table(
            fields: others.map { table.fields[$0] }, columns: others.map { table.columns[$0] }, rowCount: table.rowCount
        )
        let encoded = try encodedColumns(
            columns, table, state, layout,
            candidates: areNew ? [] : try learnedRows(of: table, state, resolved, trainRows, origin: origin))
        for field in encoded.fields where kept.index(of: field.name) != nil {
            throw EncodingError(
                "'\(field.name)' is a column of \(origin) and a slot of \(state.name): rename the column")
        }
        return Table(
            fields: kept.fields + encoded.fields, columns: kept.columns + encoded.columns, rowCount: table.rowCount)
    }

    private func encodedColumns(
        _ columns: [Column], _ table: Table, _ state: EncoderState, _ layout: EncodedLayout, candidates: [[Int32]?]
    ) throws -> Table {
        guard layout == .columns else {
            guard candidates.isEmpty || !state.hasTargets else {
                throw EncodingError(
                    "\(state.name) has target encodings, which rows that it was fitted on need without their own labels: ask for "
                        + "columns, or say that the rows are new")
            }
            return EncodedRows(state).sparse(columns, rows: table.rowCount)
        }
        guard state.width <= Self.maximumSlotColumns else {
            throw EncodingError(
                "\(state.name) has \(state.width) slots, too many for a column each; ask for them sparse")
        }
        let buffer = try state.encode(columns, rows: table.rowCount, candidates: candidates) { table.column($0) }
        let length = table.rowCount * 4
        let slots = state.slots
        return Table(
            fields: slots.map { Field($0, .float32, isNullable: false) },
            columns: slots.indices.map {
                Column(.float32, count: table.rowCount, values: buffer.slice($0 * length..<($0 + 1) * length))
            }, rowCount: table.rowCount)
    }

    /// Which rows of a table may be those that a state was fitted on; nil stands for all.
    private func learnedRows(
        of table: Table, _ state: EncoderState, _ resolved: ResolvedService, _ trainRows: Int?, origin: String
    ) throws -> [[Int32]?] {
        guard state.hasTargets else { return [nil] }
        var candidates: [[Int32]?] = [nil]
        if let trainRows { candidates.append(Array(0..<Int32(trainRows))) }
        let choice = FittingChoice(condition: state.rows.condition, split: state.rows.split.flatMap { RowSplit($0) })
        // Other rows may lack what the choice asks for.
        let chosen = try? chosenRows(of: table.fields, choice, of: resolved, origin: origin) { table.selecting($0) }
        if let chosen { candidates.append(chosen) }
        return candidates
    }

    /// The rows of a table that encoders are fitted on, ascending; nil for all.
    ///
    /// - Parameter read: the table's columns of those names.
    func chosenRows(
        of fields: [Field], _ choice: FittingChoice, of service: ResolvedService, origin: String,
        read: ([String]) throws -> Table
    ) throws -> [Int32]? {
        guard !choice.isAll else { return nil }
        let definitions = try definitions()
        var names = Set(service.joinKeys(in: definitions).map(\.name))
        if let condition = choice.condition {
            // The same mistakes are told as for the rows of a training set.
            let nothing = Table(fields: fields, columns: fields.map { .nulls($0.type, count: 0) }, rowCount: 0)
            names.formUnion(try RowCondition(condition, over: nothing).columns)
        }
        let times = fields.filter { if case .timestamp = $0.type { true } else { $0.name == ViewLayout.eventColumn } }
        names.formUnion(times.map(\.name))
        if let timestamp = choice.timestamp { names.insert(timestamp) }
        let table = try read(fields.map(\.name).filter(names.contains))
        let counter = "row\u{0}"
        let numbered = Table(
            fields: table.fields + [Field(counter, .int32)],
            columns: table.columns + [Column(.int32, (0..<table.rowCount).map { .int(Int64($0)) })],
            rowCount: table.rowCount)
        guard let split = choice.split else {
            return try choice.condition.map { try RowCondition($0, over: numbered).rows() }
        }
        let recipe = EntityRecipe(.given(name: origin), where: choice.condition, split: split)
        let made = try RecipeRows(
            recipe, service: service, definitions: definitions, timestamp: choice.timestamp, given: numbered,
            history: { _ in [] }
        ).rows()
        guard let column = made.entities.table.column(counter), let parts = made.split else {
            preconditionFailure("rows that are given keep their columns, and are split as asked")
        }
        return withExtendedLifetime(column) { column.elements(as: Int32.self).prefix(parts.trainRows).sorted() }
    }
}

extension Table {
    /// The columns of those names, in the table's order.
    func selecting(_ names: [String]) -> Table {
        let places = fields.indices.filter { names.contains(fields[$0].name) }
        return Table(
            fields: places.map { fields[$0] }, columns: places.map { columns[$0] }, rowCount: rowCount)
    }
}
