/** Why things are as they are: a chain, what computes here, what this tab holds, and why it was loaded again. */
export const reasons = {
  chain: {
    alone: 'One volunteer runs the whole model.',
    aloneChosen: 'One volunteer runs the whole model; more stages would not be faster.',
    spread: 'Spread over {{volunteers}} volunteers as asked.',
    noneAlone:
      'No volunteer can run the whole model: these {{volunteers}} are the fastest that cover it.',
    together:
      'These {{volunteers}} volunteers are faster together than one alone (about {{rate}}).',
    seemedTogether:
      'These {{volunteers}} volunteers seemed faster together than one alone (about {{rate}}).',
    repaired_one: 'Another volunteer takes the lost blocks; the others go on.',
    repaired_other: '{{volunteers}} other volunteers take the lost blocks; the others go on.',
    expected: '{{why}} About {{rate}} expected.',
    sharesIdentity:
      'Several stages are tabs of one browser profile, which leave together: nothing else covers the model.',
  },
  missing: {
    'no-volunteers': 'Nobody who runs this model has room.',
    'not-enough-stages': 'Too few volunteers are there to spread the model as asked.',
    'only-blocked': 'Only volunteers that you blocked hold what is missing.',
  },
  backend: {
    chosenGpu: 'You chose the GPU.',
    chosenProcessor: 'You chose the processor.',
    'no-gpu': 'No GPU can be used.',
    'no-gpu-because': 'No GPU can be used: {{problem}}.',
    'no-simd': 'The processor cannot compute in this browser.',
    'software-gpu': 'This browser draws with software: the processor is faster used directly.',
    measured: 'Measured just now: {{gpu}} with the GPU, {{processor}} with the processor.',
    'gpu-failed': 'The GPU failed: {{problem}}.',
    'processor-failed': 'The processor failed: {{problem}}.',
  },
  placement: {
    whole: 'All of {{model}} fits into this tab, so answers need no other one. {{copies}}',
    thinnest: '{{model}} does not fit whole. These blocks were needed most: {{held}}',
    fastest: '{{model}} does not fit whole. These blocks help most: {{held}}',
    'as-asked':
      'You asked for {{model}}, which turns texts into vectors and runs whole in one tab.',
    'by-hand': 'These blocks were chosen by hand.',
    copiesNone: 'Nobody else held all of it then.',
    copies_one: 'There was {{written}} complete copy then.',
    copies_other: 'There were {{written}} complete copies then.',
    heldNone: 'nobody held some of them then.',
    held_one: 'some were held only once then.',
    held_other: 'each was held {{written}} times or more then.',
    gain: '{{why}} It was expected to add about {{rate}}.',
    thisModel: 'the model',
  },
  recovery: {
    'out-of-memory': 'The memory was not enough.',
    'device-lost': 'The GPU was taken away.',
    'engine-stopped': 'The engine stopped unexpectedly.',
    'wrong-results': 'The GPU computed wrong numbers: now the processor computes.',
    'gpu-gone': 'The GPU was taken away: now the processor computes.',
    shrunk_one: '{{why}} It now holds {{written}} block instead of {{before}}.',
    shrunk_other: '{{why}} It now holds {{written}} blocks instead of {{before}}.',
  },
} as const;
