// Pointer events over the image, one script for all of them. EVENT says which one this is; the state
// between two of them is kept on the plot's view of the page. What is drawn goes to the program in
// one piece, with the tool it was drawn with.
const state = (window.interfacefem ??= { drag: null, serial: 0 })
const mode = TOOLS[tool.active][0]

const send = (kind, xs, ys) => {
  state.serial += 1
  inbox.data = { kind: [kind], xs: [xs], ys: [ys], serial: [state.serial] }
}
const show = (xs, ys) => { draft.data = { xs: [xs], ys: [ys] } }
const clear = () => { draft.data = { xs: [], ys: [] }; corners.data = { x: [], y: [] } }
const pixel = () => Math.abs(plot.x_range.end - plot.x_range.start) / plot.inner_width

const nearest_vertex = (x, y) => {
  let best = null, least = 12 * pixel()
  const d = vertices.data
  for (let i = 0; i < d.x.length; i++) {
    const gap = Math.hypot(d.x[i] - x, d.y[i] - y)
    if (gap < least) { least = gap; best = i }
  }
  return best
}
const nearest_piece = (x, y) => {
  let best = null, least = 7 * pixel()
  const d = pieces.data
  for (let p = 0; p < d.xs.length; p++) {
    for (let i = 0; i + 1 < d.xs[p].length; i++) {
      const [ax, ay, bx, by] = [d.xs[p][i], d.ys[p][i], d.xs[p][i + 1], d.ys[p][i + 1]]
      const length = (bx - ax) ** 2 + (by - ay) ** 2 || 1
      const t = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
      const gap = Math.hypot(ax + t * (bx - ax) - x, ay + t * (by - ay) - y)
      if (gap < least) { least = gap; best = p }
    }
  }
  return best
}

if (EVENT === 'tool') {
  pan.active = mode === 'move'
  help.text = TOOLS[tool.active][2]
  state.drag = null
  clear()
} else if (EVENT === 'finish') {
  const { x, y } = corners.data
  if (x.length > 1) send('points', Array.from(x), Array.from(y))
  clear()
} else if (mode === 'move') {
  // Bokeh's own tools move the image
} else if (EVENT === 'panstart') {
  const { x, y } = cb_obj
  if (mode === 'points') {
    const vertex = nearest_vertex(x, y)
    state.drag = vertex === null ? null : { mode, vertex }
  } else {
    state.drag = { mode, xs: [x], ys: [y] }
  }
} else if (EVENT === 'pan' && state.drag !== null) {
  const { x, y } = cb_obj
  const d = state.drag
  if (d.mode === 'points') {
    d.x = x; d.y = y
    const moved = { x: Array.from(vertices.data.x), y: Array.from(vertices.data.y),
                    piece: vertices.data.piece, vertex: vertices.data.vertex }
    moved.x[d.vertex] = x; moved.y[d.vertex] = y
    vertices.data = moved
  } else if (d.mode === 'crop') {
    d.xs = [d.xs[0], x]; d.ys = [d.ys[0], y]
    show([d.xs[0], x, x, d.xs[0], d.xs[0]], [d.ys[0], d.ys[0], y, y, d.ys[0]])
  } else if (d.mode === 'drop') {
    d.xs = [d.xs[0], x]; d.ys = [d.ys[0], y]
    const [top, bottom] = [plot.y_range.start, plot.y_range.end]
    show([d.xs[0], x, x, d.xs[0], d.xs[0]], [top, top, bottom, bottom, top])
  } else if (Math.hypot(x - d.xs[d.xs.length - 1], y - d.ys[d.ys.length - 1]) >= pixel()) {
    d.xs.push(x); d.ys.push(y)
    show(d.xs, d.ys)
  }
} else if (EVENT === 'panend' && state.drag !== null) {
  const d = state.drag
  state.drag = null
  if (d.mode === 'points') {
    if (d.x !== undefined) {
      const { piece, vertex } = vertices.data
      send('vertex', [d.x, piece[d.vertex]], [d.y, vertex[d.vertex]])
    }
  } else if (d.xs.length > 1) {
    send(d.mode, d.xs, d.ys)
  } else {
    clear()
  }
} else if (EVENT === 'tap' && mode === 'points') {
  const { x, y } = cb_obj
  const open = corners.data.x.length > 0
  const piece = open ? null : nearest_piece(x, y)
  if (!open && nearest_vertex(x, y) !== null) {
    // the first half of a double click, perhaps
  } else if (piece !== null) {
    send('insert', [x, piece], [y, 0])
  } else {
    const xs = [...corners.data.x, x], ys = [...corners.data.y, y]
    corners.data = { x: xs, y: ys }
    show(xs, ys)
  }
} else if (EVENT === 'tap' && (mode === 'electrolyte' || mode === 'other')) {
  send(mode, [cb_obj.x], [cb_obj.y])
} else if (EVENT === 'doubletap' && mode === 'points' && corners.data.x.length > 0) {
  // the second of two quick clicks at different places is a point as well
  const { x, y } = cb_obj
  const last = corners.data.x.length - 1
  if (Math.hypot(corners.data.x[last] - x, corners.data.y[last] - y) > 4 * pixel()) {
    const xs = [...corners.data.x, x], ys = [...corners.data.y, y]
    corners.data = { x: xs, y: ys }
    show(xs, ys)
  }
} else if (EVENT === 'doubletap' && mode === 'points') {
  const vertex = nearest_vertex(cb_obj.x, cb_obj.y)
  if (vertex !== null) {
    send('delete', [cb_obj.x, vertices.data.piece[vertex]],
         [cb_obj.y, vertices.data.vertex[vertex]])
  }
}
