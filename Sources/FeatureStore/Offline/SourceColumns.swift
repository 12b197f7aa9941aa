import Columnar

/// The columns of a source that a view's rows are made from, and how: most are taken as they are, some are computed.
///
/// Columns are numbered: first the layout's, then those that only expressions read.
struct SourceColumns: Sendable {
    /// A feature's formula, and the numbers of the columns that are its inputs.
    struct Formula: Sendable {
        var expression: Expression
        var inputs: [Int]
        var type: FeatureType
    }

    /// By number, the type that a column has once it is read.
    let fields: [Field]
    /// By number, the source's own name of the column; of a computed feature its name.
    let names: [String]
    /// Of the layout's computed features, by number.
    let formulas: [Int: Formula]

    /// The numbers of the columns that are read.
    var readIndices: [Int] { fields.indices.filter { formulas[$0] == nil } }

    /// - Throws: `DataError` if an expression cannot be compiled, which `apply` rules out.
    init(of layout: ViewLayout, _ source: Source) throws(DataError) {
        var fields = layout.fields
        var expressions: [Int: Expression] = [:]
        for (feature, index) in zip(layout.features, layout.featureIndices) {
            do throws(ExpressionError) {
                expressions[index] = try FeatureExpression.compiled(
                    feature, of: layout.view, source: source, joinKeys: layout.keys)
            } catch {
                throw DataError("the expression of feature '\(layout.view.name):\(feature.name)': \(error.description)")
            }
        }
        var numbers: [String: Int] = [:]
        for index in fields.indices where expressions[index] == nil { numbers[fields[index].name] = index }
        // Times have the source's own names in expressions.
        for (name, index) in [
            (source.timestamp, layout.eventIndex), (source.created, layout.createdIndex),
            (source.validTo, layout.endIndex),
        ] {
            if let name, let index { numbers[name] = index }
        }
        var formulas: [Int: Formula] = [:]
        for (feature, index) in zip(layout.features, layout.featureIndices) {
            guard let expression = expressions[index] else { continue }
            let inputs = expression.inputs.map { input in
                if let number = numbers[input.name] { return number }
                fields.append(Field(input.name, source.columns[input.name]?.dataType ?? .int64))
                numbers[input.name] = fields.count - 1
                return fields.count - 1
            }
            formulas[index] = Formula(expression: expression, inputs: inputs, type: feature.type)
        }
        self.fields = fields
        self.formulas = formulas
        let fileNames = Dictionary(source.fieldMapping.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        names = fields.enumerated().map { index, field in
            switch index {
            case layout.eventIndex: source.timestamp ?? field.name
            case layout.createdIndex: source.created ?? field.name
            case layout.endIndex: source.validTo ?? field.name
            default: formulas[index] == nil ? fileNames[field.name] ?? field.name : field.name
            }
        }
    }

    /// A computed feature from its inputs, or nil if `index` is none.
    func computed(
        _ index: Int, rowCount: Int, input: (Int) throws(DataError) -> Column
    ) throws(DataError) -> Column? {
        guard let formula = formulas[index] else { return nil }
        var columns: [Column] = []
        for number in formula.inputs { columns.append(try input(number)) }
        return formula.expression.evaluate(over: columns, rowCount: rowCount, as: formula.type)
    }
}
